import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Failure } from '../../../../src/kernel/failure.js';
import { NoteStore } from '../../../../src/tools/builtin/notes/note-store.js';

interface Names {
  readonly refuse: readonly string[];
  readonly accept: readonly { readonly given: string; readonly file: string }[];
}

const names = JSON.parse(await readFile(join(import.meta.dirname, 'names.json'), 'utf8')) as Names;
const { signal } = new AbortController();

describe('The name of a note', () => {
  let sandbox: string;
  let store: NoteStore;

  beforeEach(async () => {
    sandbox = await mkdtemp(join(tmpdir(), 'note-names-'));
    // Deep enough that a few steps upwards still end in what is watched.
    await mkdir(join(sandbox, 'a/b/c'), { recursive: true });
    store = new NoteStore(join(sandbox, 'a/b/c/notes'));
  });
  afterEach(() => rm(sandbox, { recursive: true, force: true }));

  it('is tried with at least 150 hostile ones', () => {
    expect(new Set(names.refuse).size).toBeGreaterThanOrEqual(150);
  });

  it('is refused when it is hostile, and nothing is written anywhere', async () => {
    const accepted: string[] = [];
    for (const name of names.refuse) {
      const answer = await store.save({ filename: name, content: 'hostile' }, signal).catch((error: unknown) => error);
      const refused = answer instanceof Failure && answer.code === 'note_name_refused' && answer.errorType === 'validation';
      if (!refused) accepted.push(JSON.stringify(name));
    }
    expect(accepted).toEqual([]);
    expect(await everythingIn(sandbox)).toEqual(['a', 'a/b', 'a/b/c']);
  });

  it('may be any ordinary one, and each is one file in the folder and nothing else', async () => {
    for (const { given } of names.accept) await store.save({ filename: given, content: given }, signal);
    const before = ['a', 'a/b', 'a/b/c', 'a/b/c/notes'];
    const written = (await everythingIn(sandbox)).filter((path) => !before.includes(path));
    expect(written).toHaveLength(names.accept.length);
    expect(written.filter((path) => !path.startsWith('a/b/c/notes/') || path.startsWith('a/b/c/notes/.'))).toEqual([]);
  });

  it('of 255 bytes is shortened to make room for the number of a second note', async () => {
    const longest = `${'\u4e00'.repeat(84)}.md`;
    await store.save({ filename: longest, content: 'one' }, signal);
    const shortened = `${'\u4e00'.repeat(83)}-2.md`;
    expect(await store.save({ filename: longest, content: 'two' }, signal)).toMatchObject({ filename: shortened, wanted: longest });
    expect((await readdir(join(sandbox, 'a/b/c/notes'))).sort()).toEqual([shortened, longest].sort());
  });

  it.each(names.accept)('$given is kept as $file', async ({ given, file }) => {
    expect(await store.save({ filename: given, content: 'text' }, signal)).toMatchObject({ filename: file });
    expect(await readdir(join(sandbox, 'a/b/c/notes'))).toEqual([file]);
  });
});

async function everythingIn(folder: string): Promise<string[]> {
  return (await readdir(folder, { recursive: true })).sort();
}
