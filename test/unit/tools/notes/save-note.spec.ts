import { execFileSync } from 'node:child_process';
import * as disk from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Failure } from '../../../../src/kernel/failure.js';
import type { NoteFiles } from '../../../../src/tools/builtin/notes/note-folder.js';
import { NoteStore } from '../../../../src/tools/builtin/notes/note-store.js';
import { SaveNoteTool } from '../../../../src/tools/builtin/save-note.tool.js';

const { signal } = new AbortController();

describe('save_note', () => {
  let sandbox: string;
  let notes: string;

  beforeEach(async () => {
    sandbox = await disk.realpath(await disk.mkdtemp(join(tmpdir(), 'notes-')));
    notes = join(sandbox, 'notes');
  });
  afterEach(() => disk.rm(sandbox, { recursive: true, force: true }));

  const save = (filename: string, content: string, files: Partial<NoteFiles> = {}, within = signal) =>
    new SaveNoteTool(new NoteStore(notes, { ...disk, ...files })).run({ filename, content }, { signal: within, toolUseId: 'toolu_1' });
  const textOf = (name: string) => disk.readFile(join(notes, name), 'utf8');
  const failureOf = async (work: Promise<unknown>) => {
    const error: unknown = await work.then(() => undefined, (thrown: unknown) => thrown);
    if (!(error instanceof Failure)) throw new Error('A Failure was expected.', { cause: error });
    return error;
  };

  describe('a note', () => {
    it('is written whole, and the result names it and its length', async () => {
      expect(await save('groceries.md', 'milk, eggs 🥚')).toBe('Saved note "groceries.md" (12 characters).');
      expect(await textOf('groceries.md')).toBe('milk, eggs 🥚');
      expect(await disk.readdir(notes)).toEqual(['groceries.md']);
    });

    it('can be read by its owner only, and so can the folder', async () => {
      await save('secret', 'x');
      expect((await disk.stat(notes)).mode & 0o777).toBe(0o700);
      expect((await disk.stat(join(notes, 'secret.md'))).mode & 0o777).toBe(0o600);
    });

    it('has no NUL and is valid UTF-8', async () => {
      expect(await save('odd', 'a\0b\ud800c')).toBe('Saved note "odd.md" (4 characters).');
      expect(await textOf('odd.md')).toBe('ab\ufffdc');
    });

    it('may have 100,000 characters and not one more', async () => {
      await save('long', 'x'.repeat(100_000));
      expect(await failureOf(save('longer', 'x'.repeat(100_001)))).toMatchObject({ code: 'note_too_long', errorType: 'validation' });
      expect(await disk.readdir(notes)).toEqual(['long.md']);
    });

    it.each(['', '\0\0'])('of nothing (%j) is refused', async (content) => {
      expect(await failureOf(save('empty', content))).toMatchObject({ code: 'note_empty' });
    });
  });

  describe('the same name again', () => {
    it('with the same text touches nothing', async () => {
      await save('plan', 'one');
      const long = new Date('2001-02-03T04:05:06Z');
      await disk.utimes(join(notes, 'plan.md'), long, long);
      const before = await disk.stat(join(notes, 'plan.md'), { bigint: true });
      expect(await save('plan', 'one')).toBe('Note "plan.md" is already saved with this content (3 characters); nothing was changed.');
      const after = await disk.stat(join(notes, 'plan.md'), { bigint: true });
      expect([after.ino, after.mtimeNs, after.ctimeNs]).toEqual([before.ino, before.mtimeNs, before.ctimeNs]);
      expect(await disk.readdir(notes)).toEqual(['plan.md']);
    });

    it('with another text is saved beside it, and says so', async () => {
      await save('plan', 'one');
      expect(await save('plan', 'two')).toBe('Saved note "plan-2.md" (3 characters). A different note called "plan.md" exists and was left as it is.');
      expect(await save('plan', 'four')).toContain('"plan-3.md"');
      expect(await save('plan', 'two')).toBe('Note "plan-2.md" is already saved with this content (3 characters); nothing was changed.');
      expect(await Promise.all(['plan.md', 'plan-2.md', 'plan-3.md'].map(textOf))).toEqual(['one', 'two', 'four']);
      expect(await disk.readdir(notes)).toHaveLength(3);
    });

    it('is given up after 100 notes', async () => {
      for (let version = 1; version <= 100; version += 1) await save('plan', `text ${version}`);
      expect(await failureOf(save('plan', 'one too many'))).toMatchObject({ code: 'note_name_taken', errorType: 'validation' });
      expect(await disk.readdir(notes)).toHaveLength(100);
    });

    it('from 20 sides at once loses nothing', async () => {
      const store = new NoteStore(notes);
      const texts = Array.from({ length: 20 }, (_, index) => `text ${String(index).padStart(2, '0')}`);
      const saved = await Promise.all(texts.map((text) => store.save({ filename: 'plan', content: text }, signal)));
      expect(new Set(saved.map(({ filename }) => filename)).size).toBe(20);
      expect(await Promise.all(saved.map(({ filename }) => textOf(filename)))).toEqual(texts);
      expect(await disk.readdir(notes)).toHaveLength(20);
    });

    it('from 20 sides at once with one text gives one file', async () => {
      const saved = await Promise.all(Array.from({ length: 20 }, () => new NoteStore(notes).save({ filename: 'plan', content: 'one' }, signal)));
      expect(saved.filter(({ repeated }) => !repeated)).toHaveLength(1);
      expect(await disk.readdir(notes)).toEqual(['plan.md']);
    });
  });

  describe('something else under that name', () => {
    beforeEach(() => disk.mkdir(notes));

    it.each(['outside', 'missing'])('that is a link to a file %s is refused and not followed', async (target) => {
      await disk.writeFile(join(sandbox, 'outside'), 'untouched');
      await disk.symlink(join(sandbox, target), join(notes, 'plan.md'));
      expect(await failureOf(save('plan', 'untouched'))).toMatchObject({ code: 'note_not_saved', errorType: 'permission' });
      expect(await disk.readFile(join(sandbox, 'outside'), 'utf8')).toBe('untouched');
      expect((await disk.readdir(sandbox)).sort()).toEqual(['notes', 'outside']);
      expect(await disk.readdir(notes)).toEqual(['plan.md']);
    });

    it('that is a folder is refused and left alone', async () => {
      await disk.mkdir(join(notes, 'plan.md'));
      expect(await failureOf(save('plan', 'one'))).toMatchObject({ code: 'note_name_taken', errorType: 'permission' });
      expect(await disk.readdir(notes, { recursive: true })).toEqual(['plan.md']);
    });

    it('that is a named pipe is refused without waiting for a writer', async () => {
      const makePipe = 'mkfifo "$0"';
      execFileSync('/bin/sh', ['-c', makePipe, join(notes, 'plan.md')]);
      expect(await failureOf(save('plan', 'one'))).toMatchObject({ code: 'note_name_taken', errorType: 'permission' });
    });
  });

  it('removes drafts that a killed process left an hour ago, and nothing else', async () => {
    await disk.mkdir(notes);
    const [old, young] = ['0', '1'].map((digit) => `.note-${digit.repeat(8)}-0000-4000-8000-000000000000.tmp`) as [string, string];
    for (const name of [old, young, '.kept', 'kept.tmp']) await disk.writeFile(join(notes, name), 'x');
    const longAgo = new Date(Date.now() - 2 * 3_600_000);
    for (const name of [old, '.kept', 'kept.tmp']) await disk.utimes(join(notes, name), longAgo, longAgo);
    await save('plan', 'one');
    expect((await disk.readdir(notes)).sort()).toEqual(['.kept', young, 'kept.tmp', 'plan.md'].sort());
  });

  it('keeps to its folder when a link to it is turned elsewhere', async () => {
    await Promise.all(['first', 'second'].map((name) => disk.mkdir(join(sandbox, name))));
    await disk.symlink(join(sandbox, 'first'), notes);
    const store = new NoteStore(notes);
    await store.save({ filename: 'one', content: 'x' }, signal);
    await disk.unlink(notes);
    await disk.symlink(join(sandbox, 'second'), notes);
    await store.save({ filename: 'two', content: 'x' }, signal);
    expect((await disk.readdir(join(sandbox, 'first'))).sort()).toEqual(['one.md', 'two.md']);
    expect(await disk.readdir(join(sandbox, 'second'))).toEqual([]);
  });

  it('makes its folder again when somebody removed it', async () => {
    const store = new NoteStore(notes);
    await store.save({ filename: 'one', content: 'x' }, signal);
    await disk.rm(notes, { recursive: true });
    expect(await store.save({ filename: 'one', content: 'x' }, signal)).toMatchObject({ repeated: false });
  });

  describe('when the disk fails', () => {
    it.each([
      ['ENOSPC', 'execution', 'there is no space left for it'],
      ['EDQUOT', 'execution', 'there is no space left for it'],
      ['EACCES', 'permission', 'the notes folder may not be written'],
      ['EROFS', 'permission', 'the notes folder is read-only'],
      ['ENOENT', 'execution', 'the notes folder can not be used'],
      ['EIO', 'execution', 'the disk gave an error'],
    ])('%s while the text is written: the failure says it was not saved and why, and no draft stays', async (code, errorType, words) => {
      const failure = await failureOf(save('plan', 'one', failingWrite(code)));
      expect(failure).toMatchObject({ errorType, publicMessage: `The note was NOT saved: ${words}.` });
      expect(failure.publicMessage).not.toContain(sandbox);
      expect(await disk.readdir(notes)).toEqual([]);
    });

    it('between writing and naming, nothing is left', async () => {
      const link = () => Promise.reject(systemError('ENOSPC'));
      expect(await failureOf(save('plan', 'one', { link }))).toMatchObject({ publicMessage: 'The note was NOT saved: there is no space left for it.' });
      expect(await disk.readdir(notes)).toEqual([]);
    });

    it('under a path that is a file, it says that the folder can not be used', async () => {
      await disk.writeFile(join(sandbox, 'file'), '');
      notes = join(sandbox, 'file/notes');
      expect(await failureOf(save('plan', 'one'))).toMatchObject({ publicMessage: 'The note was NOT saved: the notes folder can not be used.' });
      notes = join(sandbox, 'file');
      expect(await failureOf(save('plan', 'one'))).toMatchObject({ publicMessage: 'The note was NOT saved: the notes folder can not be used.' });
    });

    it('to confirm the new name, it does not claim success, and saving again does', async () => {
      const open: NoteFiles['open'] = async (path, ...rest) => {
        const handle = await disk.open(path, ...rest);
        if (path === notes) handle.sync = () => Promise.reject(systemError('EIO'));
        return handle;
      };
      expect(await failureOf(save('plan', 'one', { open }))).toMatchObject({ code: 'note_unconfirmed', retryable: true });
      expect(await save('plan', 'one')).toContain('already saved');
    });

    it('to remove the draft, the note is saved all the same', async () => {
      const unlink = () => Promise.reject(systemError('EIO'));
      expect(await save('plan', 'one', { unlink })).toBe('Saved note "plan.md" (3 characters).');
    });

    it('works again as soon as the disk does', async () => {
      let full = true;
      const store = new NoteStore(notes, { ...disk, link: async (...paths) => full ? Promise.reject(systemError('ENOSPC')) : disk.link(...paths) });
      await failureOf(store.save({ filename: 'plan', content: 'one' }, signal));
      full = false;
      expect(await store.save({ filename: 'plan', content: 'one' }, signal)).toMatchObject({ filename: 'plan.md', repeated: false });
    });
  });

  describe('an aborted request', () => {
    it('throws the reason of the abort and does not even make the folder', async () => {
      const reason = new Error('the user left');
      await expect(save('plan', 'one', {}, AbortSignal.abort(reason))).rejects.toBe(reason);
      expect(await disk.readdir(sandbox)).toEqual([]);
    });

    it('leaves nothing when the text was written but has no name yet', async () => {
      const controller = new AbortController();
      const reason = new Error('the user left');
      const open: NoteFiles['open'] = async (path, flags, mode) => {
        if (mode !== undefined) controller.abort(reason);
        return disk.open(path, flags, mode);
      };
      await expect(save('plan', 'one', { open }, controller.signal)).rejects.toBe(reason);
      expect(controller.signal.aborted).toBe(true);
      expect(await disk.readdir(notes)).toEqual([]);
    });
  });

  describe('asked whether notes can be saved', () => {
    it('says yes, makes the folder and leaves nothing in it', async () => {
      expect(await new NoteStore(notes).writable()).toBe(true);
      expect(await disk.readdir(notes)).toEqual([]);
    });

    it('says no when the folder can not be made', async () => {
      await disk.writeFile(join(sandbox, 'file'), '');
      expect(await new NoteStore(join(sandbox, 'file/notes')).writable()).toBe(false);
    });

    it.each(['ENOSPC', 'EROFS'])('says no on %s and leaves nothing', async (code) => {
      expect(await new NoteStore(notes, { ...disk, ...failingWrite(code) }).writable()).toBe(false);
      expect(await disk.readdir(notes)).toEqual([]);
    });

    it('says no when a file can not be removed', async () => {
      expect(await new NoteStore(notes, { ...disk, unlink: () => Promise.reject(systemError('EACCES')) }).writable()).toBe(false);
    });
  });
});

/** Files are made but the text can not be written, as on a full disk: half a draft lies there then. */
function failingWrite(code: string): Partial<NoteFiles> {
  return {
    open: async (...call) => {
      const file = await disk.open(...call);
      file.writeFile = async () => {
        await file.write('hal');
        throw systemError(code);
      };
      return file;
    },
  };
}

function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: refused, open '/somewhere/secret'`), { code, errno: -1, syscall: 'open' });
}
