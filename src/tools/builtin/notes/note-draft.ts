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
    this.path = this.folder.pathOf(`.note-${randomUUID()}.tmp`);
    const file = await this.folder.files.open(this.path, CREATE, OWNER_ONLY);
    try {
      await file.writeFile(this.bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    return this.path;
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
