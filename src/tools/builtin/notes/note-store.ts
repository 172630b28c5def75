import * as fileSystem from 'node:fs/promises';
import { resolve } from 'node:path';
import { NoteDraft, probe, sweepLeftovers } from './note-draft.js';
import { noteFailure, notSaved } from './note-failure.js';
import { NoteFolder, type NoteFiles } from './note-folder.js';
import { nthName, parseNoteName, type NoteName } from './note-name.js';
import { noteText } from './note-text.js';

/** Different notes that may ask for the same name. */
const MOST_OF_ONE_NAME = 100;

export interface SavedNote {
  /** The file that holds the note. */
  readonly filename: string;
  /** The file that was asked for; another one when a different note has that name. */
  readonly wanted: string;
  /** Length of the text in code points. */
  readonly characters: number;
  /** True when the note was there already: then nothing was touched. */
  readonly repeated: boolean;
}

/**
 * Keeps notes as files in one folder, which it makes (0700) on first use, and never outside it. A note is there as a whole
 * or not at all. Nothing is ever overwritten: a different note of the same name is kept beside it as `name-2.md`,
 * `name-3.md` …, and the same note again is found and left alone, so that saving twice is saving once.
 */
export class NoteStore {
  private readonly directory: string;
  /** The folder without symbolic links: resolved once, so that a link put in its place later is not followed. */
  private realPath: string | undefined;

  constructor(directory: string, private readonly files: NoteFiles = fileSystem) {
    this.directory = resolve(directory);
  }

  /**
   * Safe to call at the same time with the same name. Aborting before the note is in its place leaves nothing.
   * @throws Failure `validation`, `permission` or `execution` that says in words that the note was not saved, and why.
   */
  async save({ filename, content }: { readonly filename: string; readonly content: string }, signal: AbortSignal): Promise<SavedNote> {
    const name = parseNoteName(filename);
    const { bytes, characters } = noteText(content);
    signal.throwIfAborted();
    try {
      return { ...await this.place(name, bytes, signal), wanted: nthName(name, 1), characters };
    } catch (error) {
      throw noteFailure(error);
    }
  }

  /** True when a note could be saved now: a file can be made in the folder and removed. Makes the folder. Never throws. */
  async writable(): Promise<boolean> {
    try {
      const folder = await this.openFolder();
      await probe(folder).finally(() => folder.close());
      return true;
    } catch {
      return false;
    }
  }

  private async place(name: NoteName, bytes: Buffer, signal: AbortSignal): Promise<Pick<SavedNote, 'filename' | 'repeated'>> {
    const folder = await this.openFolder();
    const draft = new NoteDraft(folder, bytes);
    try {
      const placed = await this.findPlace({ folder, draft, name, bytes }, signal);
      await folder.sync();
      return placed;
    } finally {
      await draft.discard();
      await folder.close();
    }
  }

  private async findPlace(
    { folder, draft, name, bytes }: { folder: NoteFolder; draft: NoteDraft; name: NoteName; bytes: Buffer },
    signal: AbortSignal,
  ): Promise<Pick<SavedNote, 'filename' | 'repeated'>> {
    for (let number = 1; number <= MOST_OF_ONE_NAME; number += 1) {
      const filename = nthName(name, number);
      const found = await folder.compare(filename, bytes);
      if (found === 'same') return { filename, repeated: true };
      if (found === 'different') continue;
      if (await draft.publish(filename, signal)) return { filename, repeated: false };
      // Somebody was faster. It may even have been the same note.
      if (await folder.compare(filename, bytes) === 'same') return { filename, repeated: true };
    }
    throw notSaved('note_name_taken', { errorType: 'validation', words: `there are ${MOST_OF_ONE_NAME} different notes of that name. Choose another one.` });
  }

  private async openFolder(): Promise<NoteFolder> {
    await this.files.mkdir(this.realPath ?? this.directory, { recursive: true, mode: 0o700 });
    if (this.realPath !== undefined) return NoteFolder.open(this.realPath, this.files);
    const realPath = await this.files.realpath(this.directory);
    const folder = await NoteFolder.open(realPath, this.files);
    await sweepLeftovers(folder);
    this.realPath = realPath;
    return folder;
  }
}
