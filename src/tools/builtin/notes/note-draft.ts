import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import type { NoteFolder } from './note-folder.js';

const CREATE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
const OWNER_ONLY = 0o600;
/** Begins with a dot, so no note can ever have such a name. */
const TEMPORARY_NAME = /^\.note-[0-9a-f-]{36}\.tmp$/;
/** No save takes this long: what is older was left by a process that was killed. */
const LEFT_OVER_MILLISECONDS = 3_600_000;

/** A note on its way: written in full under a hidden name, then put in its place in one step, so nobody ever sees half of it. */
export class NoteDraft {
  private path: string | undefined;

  constructor(private readonly folder: NoteFolder, private readonly bytes: Buffer) {}

  /**
   * Puts the note under a name that is free. False when it is not: nothing is ever replaced, which is why this links and
   * does not rename. Once it has returned true, aborting changes nothing. @throws the system's error or the signal's reason.
   */
  async publish(filename: string, signal: AbortSignal): Promise<boolean> {
    const path = this.path ?? await this.write(signal);
    signal.throwIfAborted();
    try {
      await this.folder.files.link(path, this.folder.pathOf(filename));
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
      throw error;
    }
  }

  /** Removes the hidden name. Never throws: it must not turn a saved note into a failure, and leftovers are swept. */
  async discard(): Promise<void> {
    if (this.path !== undefined) await this.folder.files.unlink(this.path).catch(() => undefined);
  }

  private async write(signal: AbortSignal): Promise<string> {
    signal.throwIfAborted();
    this.path = temporaryPath(this.folder);
    await create(this.folder, this.path, this.bytes);
    return this.path;
  }
}

/** Makes a file in the folder and removes it. @throws the system's error when either can not be done. */
export async function probe(folder: NoteFolder): Promise<void> {
  const path = temporaryPath(folder);
  try {
    await create(folder, path, Buffer.from('probe'));
  } finally {
    await folder.files.unlink(path);
  }
}

/** Removes drafts that killed processes left in the folder at `path`. Never throws: they only take space. */
export async function sweepLeftovers(folder: NoteFolder): Promise<void> {
  const { files } = folder;
  const names = await files.readdir(folder.pathOf('.')).catch(() => []);
  await Promise.allSettled(names.filter((name) => TEMPORARY_NAME.test(name)).map(async (name) => {
    const { mtimeMs } = await files.stat(folder.pathOf(name));
    if (Date.now() - mtimeMs > LEFT_OVER_MILLISECONDS) await files.unlink(folder.pathOf(name));
  }));
}

function temporaryPath(folder: NoteFolder): string {
  return folder.pathOf(`.note-${randomUUID()}.tmp`);
}

async function create({ files }: NoteFolder, path: string, bytes: Buffer): Promise<void> {
  const file = await files.open(path, CREATE, OWNER_ONLY);
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}
