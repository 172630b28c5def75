import pg from 'pg';
import { setTimeout as pause } from 'node:timers/promises';
import { sql } from 'kysely';
import { PostgresEngine } from '../../../src/store/postgres/postgres-engine.js';
import { Database } from '../../../src/store/sql/database.js';
import { cleanUp, ending, event, later, newRun, opened, Stores } from '../../support/database.js';
import { eventually } from '../../support/eventually.js';
import { execute, freshDatabaseUrl, PostgresServer, postgresDatabase, stopSharedServer } from '../../support/postgres.js';
import { TcpProxy } from '../../support/tcp-proxy.js';

const UNAVAILABLE = { code: 'store_unavailable', retryable: true, retryAfterSeconds: 1, publicMessage: 'The store can not be reached right now.' };

afterEach(cleanUp);
afterAll(stopSharedServer);

async function timed<R>(work: () => Promise<R>): Promise<{ readonly milliseconds: number; readonly result: PromiseSettledResult<R> }> {
  const begun = performance.now();
  const [result] = await Promise.allSettled([work()]);
  return { result, milliseconds: performance.now() - begun };
}

/** Postgres as it is when the network may fail. */
async function behindProxy({ refusing = false } = {}) {
  const url = await freshDatabaseUrl();
  const proxy = await TcpProxy.to(url, { refusing });
  const database = new Database(new PostgresEngine(proxy.url));
  later(() => database.close());
  return { url, proxy, database, stores: new Stores(database) };
}

describe('D1: a server that is down at the start', () => {
  it('keeps nobody from starting, and is used within five seconds after it is back', async () => {
    const { proxy, database, stores } = await behindProxy({ refusing: true });
    const states: string[] = [];
    database.onStateChange((state, detail) => states.push(`${state}: ${detail}`));
    expect((await timed(() => database.open())).milliseconds).toBeLessThan(4_000);
    expect([database.state, database.health()]).toEqual(['opening', { ok: false, detail: 'postgres: can not be reached (ECONNREFUSED)' }]);
    const refused = await timed(() => stores.begun());
    expect(refused.result).toMatchObject({ status: 'rejected', reason: UNAVAILABLE });
    expect(refused.milliseconds).toBeLessThan(50);
    await proxy.accept();
    const { milliseconds } = await timed(() => eventually(() => database.state === 'ready'));
    expect(milliseconds).toBeLessThan(5_000);
    expect(states).toEqual(['ready: ready']);
    await expect(stores.begun()).resolves.toMatchObject({ fence: 1 });
    expect(database.health()).toEqual({ ok: true, detail: 'postgres: ready' });
  });

  it('is left alone when the database is closed meanwhile', async () => {
    const { database } = await behindProxy({ refusing: true });
    await database.open();
    await database.close();
    await database.close();
    expect(database.state).toBe('failed');
    await expect(new Stores(database).begun()).rejects.toMatchObject(UNAVAILABLE);
  });
});

describe('D2: a server that goes away and comes back', () => {
  it('is told apart at once, and used again within five seconds', async () => {
    const { proxy, database, stores } = await behindProxy();
    await database.open();
    const lease = await stores.begun();
    const states: string[] = [];
    database.onStateChange((state) => states.push(state));
    await proxy.refuse();
    const call = await timed(() => stores.runs.append(lease, [event(1)]));
    expect(call.result).toMatchObject({ status: 'rejected', reason: UNAVAILABLE });
    await eventually(() => database.state === 'opening');
    const known = await timed(() => stores.runs.append(lease, [event(1)]));
    expect(known.result).toMatchObject({ status: 'rejected', reason: UNAVAILABLE });
    expect(known.milliseconds).toBeLessThan(50);
    await proxy.accept();
    expect((await timed(() => eventually(() => database.state === 'ready'))).milliseconds).toBeLessThan(5_000);
    await stores.runs.append(lease, [event(1)]);
    expect(states).toEqual(['opening', 'ready']);
  });

  it('is noticed while nobody asks', async () => {
    const { proxy, database } = await behindProxy();
    await database.open();
    await new Stores(database).reader.find('some');
    await proxy.refuse();
    await eventually(() => database.state === 'opening');
  });

  it('is not noticed at all when only the connections were cut', async () => {
    const { proxy, database, stores } = await behindProxy();
    await database.open();
    const lease = await stores.begun();
    const states: string[] = [];
    database.onStateChange((state) => states.push(state));
    for (let seq = 1; seq <= 20; seq++) {
      const written = stores.runs.append(lease, [event(seq)]);
      if (seq % 3 === 0) proxy.cut();
      await written;
    }
    expect(await stores.reader.events(lease.runId, 0, 100)).toHaveLength(20);
    expect(states).toEqual([]);
  });
});

describe('D3: a server that is slow', () => {
  it('is given up after two seconds for a statement, and asked about at once', async () => {
    const database = await postgresDatabase();
    const slow = timed(() => database.transact(async ({ db }) => { await sql`select pg_sleep(5)`.execute(db); }));
    const health = await timed(async () => database.health());
    expect(health.milliseconds).toBeLessThan(20);
    const { result, milliseconds } = await slow;
    expect(result).toMatchObject({ status: 'rejected', reason: UNAVAILABLE });
    expect(milliseconds).toBeGreaterThan(1_900);
    expect(milliseconds).toBeLessThan(3_500);
    expect(database.state).toBe('ready');
  });

  it('is given up soon after two seconds when nothing comes back at all, and used again when it does', async () => {
    const { proxy, database, stores } = await behindProxy();
    await database.open();
    const lease = await stores.begun();
    proxy.stall();
    const { result, milliseconds } = await timed(() => stores.runs.append(lease, [event(1)]));
    expect(result).toMatchObject({ status: 'rejected', reason: UNAVAILABLE });
    expect(milliseconds).toBeLessThan(4_000);
    await eventually(() => database.state === 'opening');
    proxy.flow();
    expect((await timed(() => eventually(() => database.state === 'ready'))).milliseconds).toBeLessThan(5_000);
    await stores.runs.append(lease, [event(1)]);
  });
});

describe('a network that swallows everything', () => {
  it('is given up once, and not again for the end of the transaction', async () => {
    const { proxy, database } = await behindProxy();
    await database.open();
    const { result, milliseconds } = await timed(() => database.transact(async ({ db }) => {
      await sql`select 1`.execute(db);
      proxy.stall();
      await sql`select 1`.execute(db);
    }));
    proxy.flow();
    expect(result).toMatchObject({ status: 'rejected', reason: UNAVAILABLE });
    expect(milliseconds).toBeLessThan(4_000);
  });

  it('does not hold up a start for longer than the network is like that', async () => {
    const { proxy, database } = await behindProxy();
    proxy.swallow('pg_attribute'); // Where it looks at the schema.
    await database.open();
    proxy.swallow();
    expect((await timed(() => eventually(() => database.state === 'ready'))).milliseconds).toBeLessThan(5_000);
  });

  it('does not hold up a start, nor what comes after it', async () => {
    const { proxy, database, stores } = await behindProxy();
    proxy.stall();
    expect((await timed(() => database.open())).milliseconds).toBeLessThan(4_000);
    await pause(3_000);
    proxy.flow();
    expect((await timed(() => eventually(() => database.state === 'ready'))).milliseconds).toBeLessThan(5_000);
    await stores.begun();
  });

  it('does not hold up the end', async () => {
    const { proxy, database, stores } = await behindProxy();
    await database.open();
    await stores.begun();
    void database.transact(() => new Promise(() => undefined)).catch(() => undefined); // One that nobody ends, either.
    await pause(100);
    proxy.stall();
    expect((await timed(() => database.close())).milliseconds).toBeLessThan(4_000);
    proxy.flow();
  });
});

describe('D4: a server that is started anew under load', () => {
  it('fails nobody but in the gap, loses nothing that was acknowledged, and is used again without a restart', async () => {
    const server = await PostgresServer.start();
    later(() => server.stop());
    const database = await opened(new Database(new PostgresEngine(server.url)));
    const stores = new Stores(database);
    const [done, failedAt]: [string[], number[]] = [[], []];
    const stop = new AbortController();
    const client = async () => {
      while (!stop.signal.aborted) {
        const run = newRun();
        try {
          await stores.runs.begin(run);
          await stores.runs.append({ runId: run.id, fence: 1 }, [event(1)]);
          await stores.runs.end({ runId: run.id, fence: 1 }, ending({ turns: [{ role: 'user', content: run.id }] }));
          done.push(run.conversationId);
        } catch (error) {
          expect(error).toMatchObject(UNAVAILABLE);
          failedAt.push(performance.now());
        }
        await pause(50);
      }
    };
    const load = Array.from({ length: 4 }, client);
    await pause(700);
    const goneAt = performance.now();
    await server.kill();
    await pause(1_000);
    await server.resume();
    const backAt = performance.now();
    await eventually(() => database.state === 'ready' && done.length > 0);
    await pause(1_500);
    stop.abort();
    await Promise.all(load);
    expect(failedAt.every((at) => at >= goneAt && at <= backAt + 2_000)).toBe(true);
    const kept = await Promise.all(done.map((id) => stores.reader.history(id)));
    expect(kept.every((messages) => messages?.length === 1)).toBe(true);
    process.stderr.write(`D4: ${done.length} runs done, ${failedAt.length} failed, the last one ${(Math.max(0, ...failedAt) - backAt).toFixed(0)} ms after the server was back\n`);
  });
});

describe('D5: errors of the server', () => {
  it.each(['40001', '40P01', '57P03', '08006'])('tries a transaction again that ends in %s', async (code) => {
    const database = await postgresDatabase();
    let tries = 0;
    const result = await database.transact(async ({ db }) => {
      await sql`select 1`.execute(db);
      if (++tries < 3) throw Object.assign(new Error('from the server'), { code });
      return 'done';
    });
    expect([result, tries]).toEqual(['done', 3]);
  });

  it('tries three times, and no more', async () => {
    const database = await postgresDatabase();
    let tries = 0;
    await expect(database.transact(async () => {
      tries++;
      throw Object.assign(new Error('serialize'), { code: '40001' });
    })).rejects.toMatchObject(UNAVAILABLE);
    expect(tries).toBe(4);
  });

  it('tries a transaction again whose connection an administrator ended', async () => {
    const url = await freshDatabaseUrl();
    const database = await postgresDatabase(url);
    let tries = 0;
    await database.transact(async ({ db }) => {
      const { rows: [row] } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(db);
      if (++tries < 3) await execute(url, `select pg_terminate_backend(${row?.pid})`);
      await sql`select 1`.execute(db);
    });
    expect(tries).toBe(3);
    expect(database.state).toBe('ready');
  });

  it('resolves a real deadlock', async () => {
    const database = await postgresDatabase();
    const stores = new Stores(database);
    const [a, b] = [await stores.begun(), await stores.begun()];
    const both = (first: string, second: string) => database.transact(async ({ db }) => {
      await db.updateTable('runs').set({ priority: 1 }).where('id', '=', first).execute();
      await pause(100);
      await db.updateTable('runs').set({ priority: 2 }).where('id', '=', second).execute();
    });
    await Promise.all([both(a.runId, b.runId), both(b.runId, a.runId)]);
  });

  it('does not try again what is at odds with what is there, and shows no word of the driver', async () => {
    const database = await postgresDatabase();
    let tries = 0;
    const broken = database.transact(async ({ db }) => {
      tries++;
      await sql`select secret_column from runs`.execute(db);
    });
    await expect(broken).rejects.toMatchObject({ code: 'store_failed', retryable: false, publicMessage: expect.not.stringContaining('secret') as string });
    const stores = new Stores(database);
    const lease = await stores.begun();
    await expect(stores.begun({ id: lease.runId, conversationId: 'other' })).resolves.toEqual(lease);
    expect(tries).toBe(1);
    expect(database.state).toBe('ready');
  });
});

describe('D6: connections that are all in use', () => {
  it('refuses after two seconds of waiting, and goes on when one is free', async () => {
    const database = await postgresDatabase();
    const release = Promise.withResolvers<void>();
    const holders = Array.from({ length: 10 }, () => database.transact(() => release.promise));
    await pause(200);
    const { result, milliseconds } = await timed(() => new Stores(database).reader.find('some'));
    expect(result).toMatchObject({ status: 'rejected', reason: UNAVAILABLE });
    expect(milliseconds).toBeGreaterThan(1_800);
    expect(milliseconds).toBeLessThan(3_500);
    expect(database.health().ok).toBe(true);
    release.resolve();
    await Promise.all(holders);
    expect(await new Stores(database).reader.find('some')).toBeUndefined();
  });

  it('does not let a transaction that was forgotten keep its locks', async () => {
    const database = await postgresDatabase();
    const stores = new Stores(database);
    const lease = await stores.begun();
    const forgotten = Promise.withResolvers<void>();
    const leaked = database.transact(async ({ db }) => {
      await db.updateTable('runs').set({ priority: 1 }).where('id', '=', lease.runId).execute();
      await forgotten.promise;
    });
    await pause(12_000);
    await stores.runs.append(lease, [event(1)]);
    forgotten.resolve();
    await leaked; // Tried again on another connection.
    expect(database.state).toBe('ready');
  });

  it('survives the loss of a connection that somebody holds without a query', async () => {
    const url = await freshDatabaseUrl();
    const database = await postgresDatabase(url);
    await database.transact(async ({ db }) => {
      const { rows: [row] } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(db);
      await execute(url, `select pg_terminate_backend(${row?.pid})`);
      await pause(100);
    }).catch(() => undefined);
    expect(await new Stores(database).reader.find('some')).toBeUndefined();
  });
});

it('counts and times in numbers, without a word to other users of the driver', async () => {
  const stores = new Stores(await postgresDatabase());
  const { runId } = await stores.begun();
  expect(typeof (await stores.reader.find(runId))?.createdAt).toBe('number');
  expect(pg.types.getTypeParser(20)('1')).toBe('1');
});
