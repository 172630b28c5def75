import { execFileSync } from 'node:child_process';
import * as disk from 'node:fs/promises';
import { join } from 'node:path';
import type { NoteFiles } from '../../src/tools/builtin/notes/note-folder.js';
import { NoteStore } from '../../src/tools/builtin/notes/note-store.js';
import type { RunningApplication } from '../support/running-application.js';

/** A folder for notes that can not be written, and why. */
export interface BrokenDisk {
  readonly errorType: 'execution' | 'permission';
  /** What the model must be told. */
  readonly words: string;
  /** Makes the folder at this path bad, and returns what makes it good again. @throws Error when this user or machine can not. */
  readonly really?: (path: string) => Promise<() => void | Promise<void>>;
  /** The error of the system, which is played where `really` can not be done. */
  readonly code: string;
}

export const BROKEN_DISKS: Readonly<Record<string, BrokenDisk>> = {
  'is full': {
    errorType: 'execution', words: 'The note was NOT saved: there is no space left for it.', code: 'ENOSPC',
    really: async (path) => {
      const unmount = await mount(path, 'size=1m');
      await disk.writeFile(join(path, 'filler'), Buffer.alloc(2_000_000)).catch(() => undefined); // to the last block
      return unmount;
    },
  },
  'is read-only': { errorType: 'permission', words: 'The note was NOT saved: the notes folder is read-only.', code: 'EROFS', really: (path) => mount(path, 'size=1m,ro') },
  'belongs to somebody else': {
    errorType: 'permission', words: 'The note was NOT saved: the notes folder may not be written.', code: 'EACCES',
    really: async (path) => {
      await disk.mkdir(path, { mode: 0o500 });
      if (process.geteuid?.() !== 0) return () => disk.chmod(path, 0o700);
      process.seteuid?.('nobody'); // permissions do not apply to root
      return () => process.seteuid?.(0);
    },
  },
  'has a file in the place of the folder': {
    errorType: 'execution', words: 'The note was NOT saved: the notes folder can not be used.', code: 'ENOTDIR',
    really: async (path) => {
      await disk.writeFile(path, 'a file');
      return () => disk.unlink(path);
    },
  },
  'gives errors': { errorType: 'execution', words: 'The note was NOT saved: the disk gave an error.', code: 'EIO' }, // nobody can order one
};

/** Breaks the disk for notes for real, or else plays it: the test is never skipped. Returns which it was, and what mends it. */
export async function breakDisk(service: RunningApplication, path: string, { really, code }: BrokenDisk): Promise<{ readonly how: string; readonly mend: () => void | Promise<void> }> {
  try {
    if (!really) throw new Error('it can only be played');
    return { how: 'for real', mend: await really(path) };
  } catch (error) {
    const store = service.app.get<{ files: NoteFiles }>(NoteStore, { strict: false });
    store.files = failing(code);
    return { how: `played, for ${(error as Error).message.split('\n')[0]}`, mend: () => { store.files = disk; } };
  }
}

async function mount(path: string, options: string): Promise<() => void> {
  await disk.mkdir(path);
  try {
    execFileSync('/bin/mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', path], { stdio: 'pipe' });
  } catch (error) {
    await disk.rmdir(path);
    throw error;
  }
  return () => void execFileSync('/bin/umount', [path]);
}

/** Files are made but their text can not be written: half a draft lies there then. */
function failing(code: string): NoteFiles {
  const open: NoteFiles['open'] = async (...call) => {
    const file = await disk.open(...call);
    file.writeFile = async () => {
      await file.write('hal');
      throw Object.assign(new Error(`${code}: refused, open '/somewhere/secret'`), { code, errno: -1 });
    };
    return file;
  };
  return { ...disk, open };
}
