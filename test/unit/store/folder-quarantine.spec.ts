import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FolderQuarantine } from '../../../src/store/folder-quarantine.js';

let parent: string;
let folder: string;
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'quarantine-'));
  folder = join(parent, 'deep', 'quarantine');
});
afterEach(() => rm(parent, { recursive: true, force: true }));

it('keeps a case in a file that only its owner can read, in a folder of the same kind', async () => {
  const file = await new FolderQuarantine(folder).keep('run_1', { error: 'llm_bad_request', history: [{ role: 'user', content: 'ü' }] });
  expect(file).toMatch(/^\d{8}T\d{9}Z-run_1\.json$/);
  const path = join(folder, String(file));
  expect(JSON.parse(await readFile(path, 'utf8'))).toEqual({ error: 'llm_bad_request', history: [{ role: 'user', content: 'ü' }] });
  expect([(await stat(path)).mode & 0o777, (await stat(folder)).mode & 0o777]).toEqual([0o600, 0o700]);
});

it('writes no secret, and what it writes is still JSON', async () => {
  const key = `sk-ant-${'a1B2'.repeat(8)}`;
  const file = await new FolderQuarantine(folder).keep('run', { question: `my key is "${key}"`, nested: { password: 'password=hunter2hunter2' } });
  const written = await readFile(join(folder, String(file)), 'utf8');
  expect(written).not.toMatch(/a1B2|hunter2/);
  expect(JSON.parse(written)).toMatchObject({ question: 'my key is "[redacted]"' });
});

it('keeps twenty cases, forgets the oldest, and touches nothing else', async () => {
  const quarantine = new FolderQuarantine(folder);
  await quarantine.keep('first', {});
  const old = Array.from({ length: 25 }, (_, index) => `20200101T0000000${String(index).padStart(2, '0')}Z-old.json`);
  for (const name of [...old, '1999-notes.txt']) await writeFile(join(folder, name), '{}');
  const newest = await quarantine.keep('second', {});
  const left = await readdir(folder);
  expect(left.filter((name) => name.endsWith('.json'))).toHaveLength(20);
  expect(left).toEqual(expect.arrayContaining([newest, '1999-notes.txt', ...old.slice(-18)]));
});

it('keeps all cases while there are at most twenty', async () => {
  const quarantine = new FolderQuarantine(folder);
  for (let index = 0; index < 20; index++) await quarantine.keep(`run${index}`, {});
  expect(await readdir(folder)).toHaveLength(20);
});

it('makes nothing worse when it can not write', async () => {
  await writeFile(join(parent, 'deep'), 'a file where the folder should be');
  expect(await new FolderQuarantine(folder).keep('run', {})).toBeUndefined();
});

it('makes nothing worse when the evidence can not be written', async () => {
  const circle: Record<string, unknown> = {};
  circle['self'] = circle;
  expect(await new FolderQuarantine(folder).keep('run', circle)).toBeUndefined();
});
