import { sql, type Kysely } from 'kysely';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { PostgresEngine } from '../../../src/store/postgres/postgres-engine.js';
import { Database } from '../../../src/store/sql/database.js';
import type { Engine } from '../../../src/store/sql/engine.js';
import { migrate } from '../../../src/store/sql/migrate.js';
import { MIGRATIONS } from '../../../src/store/sql/migrations/migrations.js';
import { IN_MEMORY } from '../../../src/store/sqlite/sqlite-file.js';
import { SqliteEngine } from '../../../src/store/sqlite/sqlite-engine.js';
import { cleanUp, later, opened, Stores, temporaryFolder } from '../../support/database.js';
import { otherProcess } from '../../support/database-process.js';
import { freshDatabaseUrl, stopSharedServer } from '../../support/postgres.js';

const KILLS = 20;

afterEach(cleanUp);
afterAll(stopSharedServer);

const engineAt = (where: string): Engine => (where.startsWith('postgres:') ? new PostgresEngine(where) : new SqliteEngine(where));
const freshPath = async () => join(await temporaryFolder(), 'task-agent.db');

/** From its first word to a store that is ready. */
async function openingTime(where: string): Promise<number> {
  const process = otherProcess('open', where);
  await process.said('opening');
  const begun = performance.now();
  await process.said('ready');
  await process.over;
  return performance.now() - begun;
}

describe.each([['a SQLite file', freshPath], ['Postgres', freshDatabaseUrl]])('D9: a first start with %s that is killed', (name, fresh) => {
  it(`at ${KILLS} random moments leaves nothing that the next one can not complete`, async () => {
    const usual = await openingTime(await fresh());
    let between = 0;
    for (let kill = 0; kill < KILLS; kill++) {
      const where = await fresh();
      const victim = otherProcess('open', where);
      await victim.said('opening');
      await pause(Math.random() * usual);
      await victim.kill();
      if (!victim.lines.includes('ready')) between++;
      const next = new Database(engineAt(where));
      await next.open();
      await new Stores(next).ended();
      await next.close();
    }
    process.stderr.write(`D9, ${name}: ${between} of ${KILLS} were killed before they were ready, which takes ${usual.toFixed(0)} ms\n`);
    expect(between).toBeGreaterThan(0);
  }, 120_000);
});

describe('a migration', () => {
  const broken = {
    ...MIGRATIONS,
    '9999-broken': { up: async (db: Kysely<unknown>) => {
      await sql`create table half (id text)`.execute(db);
      await sql`insert into nowhere values (1)`.execute(db);
    } },
  };

  it.each([['SQLite', async () => IN_MEMORY], ['Postgres', freshDatabaseUrl]])('that fails half-way leaves nothing behind on %s', async (_, fresh) => {
    const engine = engineAt(await fresh());
    later(() => engine.close());
    await migrate(engine.kysely);
    await expect(migrate(engine.kysely, broken)).rejects.toThrow(/nowhere/);
    const tables = (await engine.kysely.introspection.getTables()).map(({ name }) => name);
    expect(tables).not.toContain('half');
    await migrate(engine.kysely);
  });

  it('is done once when five processes start at once', async () => {
    const url = await freshDatabaseUrl();
    const databases = Array.from({ length: 5 }, () => new Database(new PostgresEngine(url)));
    await Promise.all(databases.map(opened));
    for (const database of databases) await new Stores(database).ended();
    const done = await sql<{ name: string }>`select name from kysely_migration`.execute(databases[0]?.engine.kysely as Kysely<unknown>);
    expect(done.rows.map(({ name }) => name)).toEqual(Object.keys(MIGRATIONS));
  });

  it('that this version does not know makes a server unusable for it, in words that help', async () => {
    const url = await freshDatabaseUrl();
    const first = await opened(new Database(new PostgresEngine(url)));
    await first.transact(async ({ db }) => { await sql`insert into kysely_migration values ('9999-later', '2030-01-01T00:00:00.000Z')`.execute(db); });
    await expect(new Database(new PostgresEngine(url)).open()).rejects.toMatchObject({ code: 'store_too_new', publicMessage: expect.stringContaining('9999-later') as string });
  });
});
