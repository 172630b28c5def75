import { Kysely, sql, SqliteDialect } from 'kysely';
import { DatabaseSync } from 'node:sqlite';
import { Failure } from '../../../src/kernel/failure.js';
import { Database } from '../../../src/store/sql/database.js';
import type { Engine, Trouble } from '../../../src/store/sql/engine.js';
import type { Schema } from '../../../src/store/sql/schema.js';
import { StatementCache } from '../../../src/store/sqlite/statement-cache.js';
import { eventually } from '../../support/eventually.js';
import { WakingClock } from '../../support/waking-clock.js';

const troubled = (trouble: Trouble) => Object.assign(new Error('words of a driver'), { trouble, code: 'E_SOME' });

/** A server as the test wishes it to be. */
class FakeEngine implements Engine {
  readonly name = 'postgres';
  readonly exclusive = false;
  readonly now = sql<number>`1`;
  readonly kysely = new Kysely<Schema>({ dialect: new SqliteDialect({ database: new StatementCache(new DatabaseSync(':memory:')) }) });
  prepared = 0;
  pinged = 0;
  closed = 0;
  /** What it answers with; undefined when all is well. */
  error: Error | undefined;
  lose: () => void = () => undefined;

  async prepare(): Promise<void> {
    this.prepared++;
    if (this.error) throw this.error;
  }

  async ping(): Promise<void> {
    this.pinged++;
    if (this.error) throw this.error;
  }

  troubleOf(error: unknown): Trouble {
    return (error as { trouble?: Trouble }).trouble ?? 'other';
  }

  onLost(listener: () => void): void {
    this.lose = listener;
  }

  async close(): Promise<void> {
    this.closed++;
    await this.kysely.destroy();
  }
}

let engine: FakeEngine;
let clock: WakingClock;
let database: Database;
let states: string[];
beforeEach(() => {
  engine = new FakeEngine();
  clock = new WakingClock();
  database = new Database(engine, clock);
  states = [];
  database.onStateChange((state, detail) => states.push(`${state}: ${detail}`));
});
afterEach(() => database.close());

const asleep = (sleepers: number) => eventually(() => clock.sleeping === sleepers);

/** Starts with a server that is away. */
async function openedWithout(error: Error): Promise<void> {
  engine.error = error;
  const opened = database.open();
  await asleep(2);
  clock.advance(3_000);
  await opened;
}

it('is ready once it is prepared', async () => {
  expect(database.health()).toEqual({ ok: false, detail: 'postgres: is being opened' });
  await database.open();
  expect([database.state, database.health(), states]).toEqual(['ready', { ok: true, detail: 'postgres: ready' }, ['ready: ready']]);
});

it('looks for a server that is away every second, not more seldom', async () => {
  await openedWithout(troubled('unreachable'));
  expect(database.health()).toEqual({ ok: false, detail: 'postgres: can not be reached (E_SOME)' });
  for (let look = 0; look < 10; look++) {
    const { prepared } = engine;
    await asleep(1);
    clock.advance(1_200);
    await eventually(() => engine.prepared === prepared + 1);
  }
  await asleep(1);
  engine.error = undefined;
  clock.advance(1_200);
  await eventually(() => database.state === 'ready');
});

it('waits longer each time, half a minute at most, where the server answers but can not be used', async () => {
  await openedWithout(troubled('other'));
  expect(database.health().detail).toBe('postgres: can not be used (E_SOME)');
  const waits: number[] = [];
  for (let look = 0; look < 7; look++) {
    await asleep(1);
    const { prepared } = engine;
    let waited = 0;
    while (engine.prepared === prepared) {
      clock.advance(500);
      waited += 500;
      await new Promise(setImmediate);
    }
    waits.push(waited);
  }
  expect(waits[0]).toBeLessThan(6_000);
  expect(Math.max(...waits)).toBeGreaterThan(20_000);
  expect(Math.max(...waits)).toBeLessThan(37_000);
});

it('fails for good when a person must see to it', async () => {
  engine.error = new Failure('store_too_new', { errorType: '_OTHER', publicMessage: 'Too new.' });
  await expect(database.open()).rejects.toBe(engine.error);
  expect([database.state, database.health(), engine.closed]).toEqual(['failed', { ok: false, detail: 'postgres: Too new.' }, 1]);
});

it('says why it failed when that shows in the background only', async () => {
  await openedWithout(troubled('unreachable'));
  engine.error = new Failure('store_too_new', { errorType: '_OTHER', publicMessage: 'Too new.' });
  await asleep(1);
  clock.advance(1_200);
  await eventually(() => database.state === 'failed');
  await expect(database.read(async () => 1)).rejects.toBe(engine.error);
});

it('asks a server whose connection was lost once, and believes its answer', async () => {
  await database.open();
  for (let loss = 0; loss < 5; loss++) engine.lose();
  await eventually(() => engine.pinged === 1);
  expect([database.state, engine.prepared]).toEqual(['ready', 1]);
  engine.error = troubled('unreachable');
  await new Promise(setImmediate);
  engine.lose();
  await eventually(() => database.state === 'opening');
  expect(states.at(-1)).toBe('opening: can not be reached (E_SOME)');
});

it('prepares a server anew that was away: it may be another one', async () => {
  await database.open();
  engine.error = troubled('unreachable');
  engine.lose();
  await asleep(1);
  engine.error = undefined;
  clock.advance(1_200);
  await eventually(() => database.state === 'ready');
  expect(engine.prepared).toBe(3);
});

it('refuses at once while the server is known to be away', async () => {
  await openedWithout(troubled('unreachable'));
  let worked = false;
  await expect(database.transact(async () => { worked = true; })).rejects.toMatchObject({ code: 'store_unavailable', retryable: true, retryAfterSeconds: 1 });
  expect(worked).toBe(false);
});

it('pauses a little longer before each repetition', async () => {
  await database.open();
  let tries = 0;
  const failed = database.read(async () => {
    tries++;
    throw troubled('lost');
  });
  failed.catch(() => undefined);
  for (const [retry, longest] of [30, 60, 120].entries()) {
    await eventually(() => tries === retry + 1 && clock.sleeping === 1);
    clock.advance(longest);
  }
  await expect(failed).rejects.toMatchObject({ code: 'store_unavailable' });
  expect(tries).toBe(4);
});

it.each<[Trouble, string]>([['unreachable', 'store_unavailable'], ['corrupt', 'store_corrupt'], ['other', 'store_failed']])('does not repeat what is %s', async (trouble, code) => {
  await database.open();
  let tries = 0;
  const failed = database.transact(async () => {
    tries++;
    throw troubled(trouble);
  });
  await expect(failed).rejects.toMatchObject({ code, message: expect.not.stringContaining('words of a driver') as string });
  expect(tries).toBe(1);
});

it('passes on what the work itself throws, and takes back what it wrote', async () => {
  await database.open();
  const mine = new Failure('mine', { errorType: 'validation', publicMessage: 'Mine.' });
  await database.transact(async ({ db }) => { await sql`create table notes (text text)`.execute(db); });
  await expect(database.transact(async ({ db }) => {
    await sql`insert into notes values ('a')`.execute(db);
    throw mine;
  })).rejects.toBe(mine);
  expect(await database.read(async ({ db }) => (await sql`select * from notes`.execute(db)).rows)).toEqual([]);
});

it('shows the error of the work where the transaction was gone before it could be taken back', async () => {
  await database.open();
  await expect(database.transact(async ({ db }) => {
    await sql`rollback`.execute(db);
    throw troubled('corrupt');
  })).rejects.toMatchObject({ code: 'store_corrupt' });
});

it('is closed while it is looked after, and then does nothing more', async () => {
  await openedWithout(troubled('unreachable'));
  await database.close();
  await database.close();
  engine.lose();
  expect([database.health(), clock.sleeping, engine.closed, engine.pinged]).toEqual([{ ok: false, detail: 'postgres: closed' }, 0, 1, 0]);
  await expect(database.read(async () => 1)).rejects.toMatchObject({ code: 'store_unavailable' });
});

it('shows no code that could be something else', async () => {
  engine.error = Object.assign(new Error('no'), { trouble: 'unreachable', code: 'password of host' });
  const opened = database.open();
  await asleep(2);
  clock.advance(3_000);
  await opened;
  expect(database.health().detail).toBe('postgres: can not be reached');
});
