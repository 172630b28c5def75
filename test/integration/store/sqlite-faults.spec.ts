import { existsSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as pause } from 'node:timers/promises';
import { Database } from '../../../src/store/sql/database.js';
import { SqliteEngine } from '../../../src/store/sqlite/sqlite-engine.js';
import { cleanUp, ending, event, opened, Stores, temporaryFolder } from '../../support/database.js';
import { otherProcess } from '../../support/database-process.js';

let path: string;
beforeEach(async () => { path = join(await temporaryFolder(), 'data', 'task-agent.db'); });
afterEach(cleanUp);

const database = () => new Database(new SqliteEngine(path));
const open = () => opened(database());

const other = (what: 'open' | 'write') => otherProcess(what, path);

describe('the file', () => {
  it('is for the eyes of its owner only, and so is the folder that is made for it', async () => {
    const stores = new Stores(await open());
    await stores.ended();
    const mode = (of: string) => statSync(of).mode & 0o777;
    expect([mode(join(path, '..')), mode(path), mode(`${path}-wal`)]).toEqual([0o700, 0o600, 0o600]);
  });

  it('keeps what was in it', async () => {
    const first = database();
    await first.open();
    const id = await new Stores(first).ended({ conversationId: 'conv' }, { turns: [{ role: 'user', content: 'Hello' }] });
    await first.close();
    const stores = new Stores(await open());
    expect(await stores.reader.find(id)).toMatchObject({ status: 'ended' });
    expect(await stores.reader.history('conv')).toHaveLength(1);
  });

  it('is closed when what was being done is done', async () => {
    const first = await open();
    const stores = new Stores(first);
    const lease = await stores.begun();
    const written = stores.runs.append(lease, [event(1)]);
    await first.close();
    await written;
    await expect(stores.runs.append(lease, [event(2)])).rejects.toMatchObject({ code: 'store_unavailable' });
    expect(await new Stores(await open()).reader.events(lease.runId, 0, 10)).toHaveLength(1);
  });

  it('can not be made where nothing can be written, and says so', async () => {
    const file = join(path, '..', '..', 'file');
    writeFileSync(file, '');
    path = join(file, 'task-agent.db');
    await expect(database().open()).rejects.toMatchObject({ code: 'store_unusable', publicMessage: expect.stringContaining(path) as string });
  });
});

describe('D7: a second process', () => {
  it('is refused within two seconds, in words that help, and the first goes on', async () => {
    const stores = new Stores(await open());
    const begun = performance.now();
    const second = other('open');
    await second.said('opening');
    const atWork = performance.now();
    await second.over;
    expect(performance.now() - atWork).toBeLessThan(2_000);
    expect(second.lines.at(-1)).toBe(`store_locked Another task-agent has ${path}. Stop it, or set another DATA_DIR, or use a Postgres for both with DATABASE_URL.`);
    expect(second.process.exitCode).toBe(78);
    await stores.ended();
    process.stderr.write(`D7: refused ${(performance.now() - atWork).toFixed(0)} ms after it began to open, ${(performance.now() - begun).toFixed(0)} ms after its start\n`);
  });

  it('is refused in the same process as well, and takes no lock away from the first', async () => {
    const first = await open();
    for (let attempt = 0; attempt < 3; attempt++) await expect(database().open()).rejects.toMatchObject({ code: 'store_locked', errorType: 'permission' });
    const second = other('open');
    await second.over;
    expect(second.lines.at(-1)).toContain('store_locked');
    await new Stores(first).ended();
  });

  it('takes over at once from one that was killed, with everything that was acknowledged', async () => {
    const first = other('write');
    await first.said('ended');
    await pause(300);
    await expect(database().open()).rejects.toMatchObject({ code: 'store_locked' });
    first.process.kill('SIGKILL');
    await first.over;
    const begun = performance.now();
    const stores = new Stores(await open());
    expect(performance.now() - begun).toBeLessThan(2_000);
    const acknowledged = first.lines.flatMap((line) => (line.startsWith('ended ') ? [line.slice(6)] : []));
    for (const id of acknowledged) expect(await stores.reader.find(id)).toMatchObject({ status: 'ended' });
    expect(acknowledged.length).toBeGreaterThan(10);
    const [orphan] = await stores.runs.seizeOrphans(10);
    if (orphan) await stores.runs.end(orphan.lease, ending());
    expect((await stores.reader.list({ status: 'running' }, 10)).items).toEqual([]);
  });
});

describe('D8: a file that is not what it was', () => {
  /** A closed file with some runs in it. */
  async function filled(): Promise<void> {
    const first = database();
    await first.open();
    const stores = new Stores(first);
    for (let run = 0; run < 100; run++) await stores.ended({ message: 'x'.repeat(500) });
    await first.close();
  }

  async function refused(code: string): Promise<void> {
    const before = readFileSync(path);
    await expect(database().open()).rejects.toMatchObject({ code, errorType: '_OTHER', retryable: false, publicMessage: expect.stringContaining(path) as string });
    expect(readFileSync(path).equals(before)).toBe(true);
  }

  it.each<[string, () => void]>([
    ['is cut off in the middle', () => truncateSync(path, 40_000)],
    ['is cut off after its head', () => truncateSync(path, 150)],
    ['has lost its head', () => overwrite(path, 0, 100)],
    ['has garbage in the middle', () => overwrite(path, 8_192, 32_768)],
  ])('is refused when it %s, and left as it is', async (_, damage) => {
    await filled();
    damage();
    await refused('store_corrupt');
  });

  it('is refused when it is no database at all', async () => {
    await filled();
    writeFileSync(path, 'Dear diary,\n'.repeat(1_000));
    await refused('store_corrupt');
  });

  it('is refused when it is the database of another program', async () => {
    const foreign = join(path, '..', '..', 'task-agent.db');
    new DatabaseSync(foreign).exec('create table songs (title text); insert into songs values (\'Yesterday\')');
    path = foreign;
    await expect(database().open()).rejects.toMatchObject({ code: 'store_corrupt', publicMessage: expect.stringContaining('another program') as string });
    expect(new DatabaseSync(foreign).prepare('select title from songs').all()).toHaveLength(1);
  });

  it('is refused when it was made by a newer version, and can be used by that one still', async () => {
    await filled();
    const newer = new DatabaseSync(path);
    newer.exec('insert into kysely_migration values (\'9999-later\', \'2030-01-01T00:00:00.000Z\')');
    newer.close();
    await expect(database().open()).rejects.toMatchObject({ code: 'store_too_new', publicMessage: expect.stringContaining('9999-later') as string });
    await expect(database().open()).rejects.toMatchObject({ code: 'store_too_new' }); // The first attempt let go of it.
  });

  it.each<[string, (wal: string) => void]>([
    ['is cut off', (wal) => truncateSync(wal, Math.floor(statSync(wal).size / 2) + 777)],
    ['ends in garbage', (wal) => overwrite(wal, statSync(wal).size - 5_000, 5_000)],
    ['is garbage', (wal) => overwrite(wal, 0, statSync(wal).size)],
    ['is empty', (wal) => truncateSync(wal, 0)],
  ])('is used up to where its log of changes is whole, or refused, when that %s', async (_, damage) => {
    await filled();
    const writer = other('write');
    await writer.said('ended');
    await pause(100);
    writer.process.kill('SIGKILL');
    await writer.over;
    expect(existsSync(`${path}-wal`)).toBe(true);
    damage(`${path}-wal`);
    const before = readFileSync(path);
    const [result] = await Promise.allSettled([open()]);
    if (result.status === 'rejected') {
      // The writer was killed while it moved changes to the file, which is not whole without them.
      expect(result.reason).toMatchObject({ code: 'store_corrupt' });
      return expect(readFileSync(path).equals(before)).toBe(true);
    }
    const stores = new Stores(result.value);
    const { items } = await stores.reader.list({ status: 'ended' }, 1_000);
    expect(items.length).toBeGreaterThanOrEqual(100);
    await stores.ended();
  });
});

function overwrite(file: string, from: number, length: number): void {
  const bytes = readFileSync(file);
  for (let at = from; at < Math.min(from + length, bytes.length); at++) bytes[at] = (at * 31 + 7) % 256;
  writeFileSync(file, bytes);
}
