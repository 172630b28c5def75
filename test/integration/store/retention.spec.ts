import { createRun } from '../../../src/store/sql/create-run.js';
import type { Database } from '../../../src/store/sql/database.js';
import { SqlRetention } from '../../../src/store/sql/sql-retention.js';
import { cleanUp, ending, event, fileDatabase, newRun, Stores } from '../../support/database.js';
import { postgresDatabase, stopSharedServer } from '../../support/postgres.js';

const DAY = 86_400_000;
const PLENTY = 1_000_000_000;
const never = new AbortController().signal;

afterEach(cleanUp);
afterAll(stopSharedServer);

describe.each([['a SQLite file', fileDatabase], ['Postgres', () => postgresDatabase()]])('keeping %s small', (_, open) => {
  let database: Database;
  let stores: Stores;
  beforeEach(async () => {
    database = await open();
    stores = new Stores(database);
  });

  const retention = (mostLogBytes = PLENTY) => new SqlRetention(database, { retentionMilliseconds: 30 * DAY, mostLogBytes });
  const unusedFor = (conversationId: string, days: number) => database.transact(({ db }) =>
    db.updateTable('conversations').set({ updated_at: Date.now() - days * DAY }).where('id', '=', conversationId).execute());
  const rows = async () => {
    const tables = ['conversations', 'runs', 'run_events', 'run_observations', 'idempotency_keys'] as const;
    return Promise.all(tables.map((table) => database.read(async ({ db }) => Number((await db.selectFrom(table).select(({ fn }) => fn.countAll().as('rows')).executeTakeFirstOrThrow()).rows))));
  };
  /** A run with a log of some size. */
  const logged = async (conversationId: string, characters = 100, events = 3) => {
    const lease = await stores.begun({ conversationId });
    await stores.runs.append(lease, Array.from({ length: events }, (__, seq) => event(seq + 1, { text: 'x'.repeat(characters) })));
    await stores.observations.append(lease.runId, [{ at: 1, name: 'llm.call', data: {} }]);
    await stores.runs.end(lease, ending({ turns: [{ role: 'user', content: 'Hello' }] }));
    return lease.runId;
  };

  it('deletes a conversation that was not used for too long, with everything that belongs to it', async () => {
    for (let run = 0; run < 3; run++) await logged('old');
    await stores.runs.begin(newRun({ conversationId: 'old', id: 'with-key' }), { route: '/chat', key: 'key', fingerprint: 'f' });
    await stores.runs.end({ runId: 'with-key', fence: 1 }, ending());
    await unusedFor('old', 31);
    expect(await retention().prune(never)).toEqual({ conversations: 1, runs: 4, keys: 0 });
    expect(await rows()).toEqual([0, 0, 0, 0, 0]);
    expect(await stores.reader.history('old')).toBeUndefined();
  });

  it('leaves a conversation that was used, is used, or waits to be', async () => {
    await logged('used');
    await unusedFor('used', 29);
    const lease = await stores.begun({ conversationId: 'running' });
    await stores.queued({ conversationId: 'waiting' });
    for (const id of ['running', 'waiting']) await unusedFor(id, 100);
    expect(await retention().prune(never)).toEqual({ conversations: 0, runs: 0, keys: 0 });
    await stores.runs.end(lease, ending());
    expect((await rows()).slice(0, 2)).toEqual([3, 3]);
  });

  it('deletes many old conversations, and many runs of one', async () => {
    for (let at = 0; at < 45; at++) {
      await stores.ended({ conversationId: `old-${at}` });
      await unusedFor(`old-${at}`, 40);
    }
    for (let run = 0; run < 230; run++) await stores.ended({ conversationId: 'long' });
    await unusedFor('long', 40);
    expect(await retention().prune(never)).toEqual({ conversations: 46, runs: 275, keys: 0 });
  });

  it('lets a conversation go on that comes into use while it is being deleted', async () => {
    for (let run = 0; run < 150; run++) await stores.ended({ conversationId: 'old' });
    await unusedFor('old', 40);
    const stop = new AbortController();
    const pruned = retention().prune(stop.signal);
    const begun = stores.begun({ conversationId: 'old' });
    await Promise.all([pruned, begun]);
    expect(await stores.reader.find((await begun).runId)).toMatchObject({ status: 'running' });
    await stores.runs.end(await begun, ending({ turns: [{ role: 'user', content: 'Hello' }] }));
    expect(await stores.reader.history('old')).toHaveLength(1);
  });

  it('sees a run that is just being begun', async () => {
    await stores.ended({ conversationId: 'old' });
    await unusedFor('old', 40);
    const [begun, commit] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const run = newRun({ conversationId: 'old' });
    const creation = { run, held: 1, arrival: 1, owner: stores.owner, leaseMilliseconds: 30_000 } as const;
    const beginning = database.transact(async (session) => {
      await createRun(session, creation);
      begun.resolve();
      await commit.promise;
    });
    await begun.promise;
    const pruned = retention().prune(never);
    setTimeout(commit.resolve, 300);
    await beginning;
    expect(await pruned).toEqual({ conversations: 0, runs: 0, keys: 0 });
    expect(await stores.reader.find(run.id)).toMatchObject({ status: 'running' });
  });

  it('deletes the logs of the runs that ended first, until the rest is small enough, and keeps their answers', async () => {
    const ids: string[] = [];
    for (let run = 0; run < 6; run++) ids.push(await logged('conv', 10_000));
    const { logBytes } = await retention().figures();
    expect(logBytes).toBeGreaterThan(6 * 3 * 10_000);
    expect(await retention(logBytes / 2).prune(never)).toEqual({ conversations: 0, runs: 3, keys: 0 });
    const left = await Promise.all(ids.map(async (id) => (await stores.reader.events(id, 0, 10)).length + (await stores.observations.read(id)).length));
    expect(left).toEqual([0, 0, 0, 4, 4, 4]);
    expect((await retention().figures()).logBytes).toBe(logBytes / 2);
    expect(await stores.reader.history('conv')).toHaveLength(6);
  });

  it('deletes a log of many entries, and one of few that are large', async () => {
    await logged('conv', 10, 1_300);
    await logged('conv', 900_000, 3);
    expect(await retention(0).prune(never)).toMatchObject({ runs: 2 });
    expect(await rows()).toEqual([1, 2, 0, 0, 0]);
    expect((await retention().figures()).logBytes).toBe(0);
  });

  it('leaves the log of a run that has not ended', async () => {
    const lease = await stores.begun();
    await stores.runs.append(lease, [event(1)]);
    expect(await retention(0).prune(never)).toMatchObject({ runs: 0 });
    expect((await retention().figures()).logBytes).toBeGreaterThan(0);
  });

  it('deletes keys that can not be used any more', async () => {
    for (let key = 0; key < 450; key++) await stores.runs.enqueue(newRun(), { route: '/chat', key: `old ${key}`, fingerprint: 'f' });
    await database.transact(({ db }) => db.updateTable('idempotency_keys').set({ created_at: Date.now() - DAY - 1_000 }).execute());
    await stores.runs.enqueue(newRun(), { route: '/chat', key: 'new', fingerprint: 'f' });
    expect(await retention().prune(never)).toEqual({ conversations: 0, runs: 0, keys: 450 });
    expect((await rows()).at(-1)).toBe(1);
  });

  it('stops when it is asked to, and says what went till then', async () => {
    for (let run = 0; run < 5; run++) await logged('conv');
    const stop = new AbortController();
    const pruned = retention(0).prune(stop.signal);
    stop.abort();
    const { runs } = await pruned;
    expect(runs).toBeLessThan(5);
    expect(await retention(0).prune(AbortSignal.abort())).toEqual({ conversations: 0, runs: 0, keys: 0 });
    expect(await retention(0).prune(never)).toMatchObject({ runs: 5 - runs });
  });

  it('tells what the store holds', async () => {
    const none = { oldestQueuedMilliseconds: 0, oldestRunningMilliseconds: 0 };
    expect(await retention().figures()).toEqual({ conversations: 0, queuedRuns: 0, runningRuns: 0, ...none, logBytes: 0 });
    await stores.queued();
    await stores.begun();
    await stores.begun();
    await stores.ended();
    expect(await retention().figures()).toMatchObject({ conversations: 4, queuedRuns: 1, runningRuns: 2, logBytes: 0 });
  });

  it('tells how long the oldest run waits, and how long the oldest runs', async () => {
    const since = (id: string, times: { readonly created_at?: number; readonly started_at?: number }) => database.transact(({ db }) =>
      db.updateTable('runs').set(times).where('id', '=', id).execute());
    const [waiting, running, ended] = [await stores.queued(), (await stores.begun()).runId, await stores.ended()];
    await stores.queued();
    await stores.begun();
    const now = Date.now();
    await since(waiting, { created_at: now - 60_000 });
    await since(running, { created_at: now - 900_000, started_at: now - 30_000 });
    await since(ended, { created_at: now - DAY, started_at: now - DAY });
    const { oldestQueuedMilliseconds, oldestRunningMilliseconds } = await retention().figures();
    expect(oldestQueuedMilliseconds).toBeGreaterThanOrEqual(60_000);
    expect(oldestQueuedMilliseconds).toBeLessThan(90_000);
    expect(oldestRunningMilliseconds).toBeGreaterThanOrEqual(30_000);
    expect(oldestRunningMilliseconds).toBeLessThan(60_000);
  });

  it('tells no age below zero when the clock was set back', async () => {
    await stores.queued();
    await stores.begun();
    await database.transact(({ db }) => db.updateTable('runs').set({ created_at: Date.now() + DAY, started_at: Date.now() + DAY }).execute());
    expect(await retention().figures()).toMatchObject({ oldestQueuedMilliseconds: 0, oldestRunningMilliseconds: 0 });
  });
});
