import { constants } from 'node:fs';
import type * as fileSystem from 'node:fs/promises';
import { join } from 'node:path';
import { notSaved, unconfirmed } from './note-failure.js';

/** What the notes need of a file system. A port, so that a test can let any step of it fail. */
export type NoteFiles = Pick<typeof fileSystem, 'link' | 'mkdir' | 'open' | 'readdir' | 'realpath' | 'stat' | 'unlink'>;

const OPEN_FOLDER = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;
/** Without O_NONBLOCK a named pipe would hold us until somebody writes to it. */
const OPEN_NOTE = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
/** No file system sync for folders: then there is nothing to wait for. */
const NO_SYNC = ['EINVAL', 'ENOTSUP'];

/** The open notes folder. It takes names that parseNoteName has accepted, and our own. Close it. */
export class NoteFolder {
  private constructor(
    private readonly path: string,
    private readonly handle: fileSystem.FileHandle,
    readonly files: NoteFiles,
  ) {}

  /** `path` must have no symbolic link in it. @throws the system's error, also when a link was put in the folder's place. */
  static async open(path: string, files: NoteFiles): Promise<NoteFolder> {
    return new NoteFolder(path, await files.open(path, OPEN_FOLDER), files);
  }

  pathOf(filename: string): string {
    return join(this.path, filename);
  }

  /** What stands under a name now. @throws Failure `permission` for anything that is not a plain file. */
  async compare(filename: string, bytes: Buffer): Promise<'free' | 'same' | 'different'> {
    const note = await this.openNote(filename);
    if (!note) return 'free';
    try {
      const stats = await note.stat();
      if (!stats.isFile()) throw notSaved('note_name_taken', { errorType: 'permission', words: 'something that is not a note has its name.' });
      return stats.size === bytes.length && bytes.equals(await note.readFile()) ? 'same' : 'different';
    } finally {
      await note.close();
    }
  }

  /** Makes names that were added here survive a loss of power. @throws Failure when the disk does not confirm it. */
  async sync(): Promise<void> {
    try {
      await this.handle.sync();
    } catch (error) {
      if (!NO_SYNC.includes(String((error as NodeJS.ErrnoException).code))) throw unconfirmed(error);
    }
  }

  close(): Promise<void> {
    return this.handle.close();
  }

  private async openNote(filename: string): Promise<fileSystem.FileHandle | undefined> {
    try {
      return await this.files.open(this.pathOf(filename), OPEN_NOTE);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  }
}
