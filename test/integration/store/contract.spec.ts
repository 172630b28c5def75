import type { Message } from '../../../src/kernel/transcript.js';
import type { IdempotencyClaim, NewRun } from '../../../src/store/run-record.js';
import type { Database } from '../../../src/store/sql/database.js';
import type { Session } from '../../../src/store/sql/session.js';
import { cleanUp, ending, event, fileDatabase, memoryDatabase, newRun, Stores } from '../../support/database.js';
import { postgresDatabase, stopSharedServer } from '../../support/postgres.js';

const turn = (content: string): Message => ({ role: 'user', content });
const claim = (more: Partial<IdempotencyClaim> = {}): IdempotencyClaim => ({ route: '/chat', key: 'key-1', fingerprint: 'same', ...more });
const pause = (milliseconds: number) => new Promise((resolve) => { setTimeout(resolve, milliseconds); });
const asItWas = { asAttempt: false };

afterEach(cleanUp);
afterAll(stopSharedServer);

describe.each([
  ['a SQLite file', fileDatabase],
  ['SQLite in memory', memoryDatabase],
  ['Postgres', () => postgresDatabase()],
])('runs in %s', (_, open) => {
  let database: Database;
  let stores: Stores;
  beforeEach(async () => {
    database = await open();
    stores = new Stores(database);
  });

  /** Another process with the same database: on SQLite the next one. */
  const another = (leaseMilliseconds?: number) => new Stores(database, crypto.randomUUID(), leaseMilliseconds);
  /** Lets time pass for a row. */
  const age = (table: 'idempotency_keys' | 'conversations', column: string, milliseconds: number) =>
    database.transact(({ db }) => db.updateTable(table).set({ [column]: Date.now() - milliseconds }).execute());

  describe('beginning', () => {
    it('keeps everything that was said of a run', async () => {
      const run: NewRun = newRun({ userId: 'user-1', traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', detached: true, priority: 9, channel: 'repl' });
      const before = Date.now();
      expect(await stores.runs.begin(run)).toEqual({ kind: 'created', lease: { runId: run.id, fence: 1 } });
      const { mayBeginConversation: _may, ...kept } = run;
      const found = await stores.reader.find(run.id);
      expect(found).toEqual({ ...kept, status: 'running', fence: 1, attempts: 1, cancelRequested: false, createdAt: expect.any(Number) as number, startedAt: expect.any(Number) as number });
      expect(Math.abs((found?.createdAt ?? 0) - before)).toBeLessThan(5_000);
    });

    it('leaves out what was not said', async () => {
      const id = await stores.queued();
      expect(Object.keys(await stores.reader.find(id) ?? {})).not.toEqual(expect.arrayContaining(['userId']));
      expect(await stores.reader.find(id)).toMatchObject({ status: 'queued', fence: 0, attempts: 0 });
    });

    it('begins a conversation, or finds it', async () => {
      await stores.ended({ conversationId: 'conv' });
      await stores.ended({ conversationId: 'conv', mayBeginConversation: false });
      await stores.ended({ conversationId: 'conv' });
      expect(await stores.reader.history('conv')).toEqual([]);
    });

    it('does not begin a conversation that must be there', async () => {
      const run = newRun({ mayBeginConversation: false });
      await expect(stores.runs.begin(run)).rejects.toMatchObject({ code: 'conversation_not_found', errorType: 'conversation_not_found' });
      await expect(stores.runs.enqueue(run)).rejects.toMatchObject({ code: 'conversation_not_found' });
      expect(await stores.reader.find(run.id)).toBeUndefined();
    });

    it('lets one of fifty at once have the conversation', async () => {
      const begun = await Promise.allSettled(Array.from({ length: 50 }, () => stores.begun({ conversationId: 'conv' })));
      expect(begun.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
      for (const result of begun) {
        if (result.status === 'rejected') {
          expect(result.reason).toMatchObject({
            code: 'conversation_busy', errorType: 'conversation_busy', retryable: true, retryAfterSeconds: 1,
            publicMessage: 'Another request of this conversation is still running.',
          });
        }
      }
      expect((await stores.reader.list({ conversationId: 'conv' }, 100)).items).toHaveLength(1);
    });

    it('lets different conversations run at once, and one after the other in the same', async () => {
      await Promise.all(Array.from({ length: 30 }, () => stores.ended()));
      await stores.ended({ conversationId: 'conv' });
      await expect(stores.begun({ conversationId: 'conv' })).resolves.toMatchObject({ fence: 1 });
    });
  });

  describe('under a key', () => {
    it('carries a request out once', async () => {
      const first = newRun();
      expect((await stores.runs.begin(first, claim())).kind).toBe('created');
      const [again, other] = [newRun(), newRun()];
      expect(await stores.runs.begin(again, claim())).toMatchObject({ kind: 'known', same: true, run: { id: first.id, status: 'running' } });
      expect(await stores.runs.enqueue(other, claim({ fingerprint: 'other' }))).toMatchObject({ kind: 'known', same: false, run: { id: first.id } });
      expect([await stores.reader.find(again.id), await stores.reader.find(other.id)]).toEqual([undefined, undefined]);
      expect((await stores.runs.begin(newRun(), claim({ route: '/v1/runs' }))).kind).toBe('created');
    });

    it('knows a repetition in the conversation that the first one keeps busy', async () => {
      await stores.runs.begin(newRun({ conversationId: 'conv' }), claim());
      expect(await stores.runs.begin(newRun({ conversationId: 'conv' }), claim())).toMatchObject({ kind: 'known', same: true });
    });

    it('carries out one of twenty twins at once', async () => {
      const begun = await Promise.all(Array.from({ length: 20 }, (__, at) => (at % 2 ? stores : another()).runs.begin(newRun(), claim())));
      expect(begun.filter(({ kind }) => kind === 'created')).toHaveLength(1);
      const ids = begun.map((result) => (result.kind === 'created' ? result.lease.runId : result.run.id));
      expect(new Set(ids).size).toBe(1);
    });

    it('does not use up the key of a request that was refused', async () => {
      await stores.begun({ conversationId: 'conv' });
      await expect(stores.runs.begin(newRun({ conversationId: 'conv' }), claim())).rejects.toMatchObject({ code: 'conversation_busy' });
      expect(await stores.reader.known(claim())).toBeUndefined();
      expect((await stores.runs.begin(newRun(), claim())).kind).toBe('created');
    });

    it('forgets the key with the end that says so, and keeps it with another', async () => {
      for (const forgetKey of [false, true]) {
        const run = newRun();
        const key = claim({ key: `forget ${forgetKey}` });
        await stores.runs.begin(run, key);
        await stores.runs.end({ runId: run.id, fence: 1 }, ending({ forgetKey }));
        expect((await stores.runs.begin(newRun(), key)).kind).toBe(forgetKey ? 'created' : 'known');
      }
    });

    it('takes a key for unused after 24 hours, and not before', async () => {
      await stores.runs.begin(newRun(), claim());
      await age('idempotency_keys', 'created_at', 24 * 3_600_000 - 60_000);
      expect((await stores.runs.begin(newRun(), claim())).kind).toBe('known');
      expect(await stores.reader.known(claim())).toMatchObject({ same: true });
      await age('idempotency_keys', 'created_at', 24 * 3_600_000 + 1_000);
      expect(await stores.reader.known(claim())).toBeUndefined();
      const later = newRun();
      expect((await stores.runs.begin(later, claim({ fingerprint: 'new' }))).kind).toBe('created');
      expect(await stores.reader.known(claim({ fingerprint: 'new' }))).toMatchObject({ same: true, run: { id: later.id } });
      expect(await stores.reader.known(claim())).toMatchObject({ same: false });
    });

    it('takes a key for unused when its run is gone', async () => {
      const run = newRun();
      await stores.runs.begin(run, claim());
      await database.transact(({ db }) => db.deleteFrom('runs').where('id', '=', run.id).execute());
      expect(await stores.reader.known(claim())).toBeUndefined();
      expect((await stores.runs.begin(newRun(), claim())).kind).toBe('created');
      expect((await stores.runs.begin(newRun(), claim())).kind).toBe('known');
    });
  });

  describe('under a lease', () => {
    it('appends to the log and reads it in order, by pages', async () => {
      const lease = await stores.begun();
      expect(await stores.runs.append(lease, [event(3), event(5)])).toEqual({ cancelRequested: false });
      await stores.runs.append(lease, Array.from({ length: 57 }, (__, at) => event(6 + at)));
      await stores.runs.append(lease, []);
      const { runId } = lease;
      expect(await stores.reader.events(runId, 0, 3)).toEqual([event(3), event(5), event(6)]);
      expect((await stores.reader.events(runId, 4, 1_000)).map(({ seq }) => seq)).toEqual([5, ...Array.from({ length: 57 }, (__, at) => 6 + at)]);
      expect(await stores.reader.events(runId, 62, 10)).toEqual([]);
    });

    it('ends a run with its log, its answer and its turns', async () => {
      const lease = await stores.begun({ conversationId: 'conv' });
      const failure = { code: 'tool_loop', errorType: 'tool_loop', publicMessage: 'It went in circles.', retryable: false } as const;
      await stores.runs.end(lease, ending({ outcome: 'error', errorType: 'tool_loop', result: { text: 'half' }, failure, turns: [turn('a'), turn('b')], events: [event(9)] }));
      const run = await stores.reader.find(lease.runId);
      expect(run).toMatchObject({ status: 'ended', outcome: 'error', errorType: 'tool_loop', result: { text: 'half' }, failure });
      expect(run?.endedAt).toBeGreaterThanOrEqual(run?.startedAt ?? Infinity);
      expect(await stores.reader.history('conv')).toEqual([turn('a'), turn('b')]);
      expect(await stores.reader.events(lease.runId, 0, 10)).toEqual([event(9)]);
    });

    it('never changes a run that ended', async () => {
      const lease = await stores.begun({ conversationId: 'conv' });
      await stores.runs.end(lease, ending({ turns: [turn('a')] }));
      const before = await stores.reader.find(lease.runId);
      const lost = expect.objectContaining({ code: 'lease_lost', retryable: true }) as Error;
      await expect(stores.runs.end(lease, ending({ turns: [turn('b')], events: [event(1)] }))).rejects.toEqual(lost);
      await expect(stores.runs.end(lease, ending({ outcome: 'error', turns: [turn('a')] }))).rejects.toEqual(lost);
      await expect(stores.runs.end(lease, ending({ result: {}, turns: [turn('a')] }))).rejects.toEqual(lost);
      await expect(stores.runs.append(lease, [event(2)])).rejects.toEqual(lost);
      await expect(stores.runs.handBack(lease, [event(3)], asItWas)).rejects.toEqual(lost);
      expect(await stores.runs.take(lease.runId)).toBe('gone');
      expect(await stores.reader.find(lease.runId)).toEqual(before);
      expect(await stores.reader.history('conv')).toEqual([turn('a')]);
      expect(await stores.reader.events(lease.runId, 0, 10)).toEqual([]);
    });

    it('keeps out whoever held the run before', async () => {
      const id = await stores.queued({ conversationId: 'conv' });
      const first = await stores.runs.take(id);
      if (typeof first === 'string') throw new Error(first);
      await stores.runs.handBack(first.lease, [event(1)], asItWas);
      const second = await another().runs.take(id);
      expect(second).toMatchObject({ lease: { fence: 2 }, run: { attempts: 1, status: 'running' } });
      await expect(stores.runs.append(first.lease, [event(2)])).rejects.toMatchObject({ code: 'lease_lost' });
      await expect(stores.runs.end(first.lease, ending())).rejects.toMatchObject({ code: 'lease_lost' });
      await expect(stores.runs.handBack(first.lease, [], asItWas)).rejects.toMatchObject({ code: 'lease_lost' });
      await expect(another().runs.append({ runId: id, fence: 2 }, [])).rejects.toMatchObject({ code: 'lease_lost' });
      expect(await stores.reader.events(id, 0, 10)).toEqual([event(1)]);
    });

    it('keeps out an earlier attempt of the same process', async () => {
      const id = await stores.queued();
      await stores.runs.take(id);
      await stores.runs.handBack({ runId: id, fence: 1 }, [], asItWas);
      await stores.runs.take(id);
      await expect(stores.runs.append({ runId: id, fence: 1 }, [event(1)])).rejects.toMatchObject({ code: 'lease_lost' });
      await expect(stores.runs.end({ runId: id, fence: 1 }, ending())).rejects.toMatchObject({ code: 'lease_lost' });
      await stores.runs.end({ runId: id, fence: 2 }, ending());
    });

    it('counts attempts, but not one that was given back as none', async () => {
      const id = await stores.queued();
      const attempts: number[] = [];
      for (const asAttempt of [false, true, true]) {
        const taken = await stores.runs.take(id);
        if (typeof taken === 'string') throw new Error(taken);
        attempts.push(taken.run.attempts);
        await stores.runs.handBack(taken.lease, [], { asAttempt });
      }
      expect([...attempts, (await stores.reader.find(id))?.attempts]).toEqual([1, 1, 2, 2]);
    });

    it('tells the holder, and the poll, that somebody asked to cancel', async () => {
      const lease = await stores.begun();
      await stores.begun();
      expect(await stores.runs.cancelled()).toEqual([]);
      expect(await another().runs.requestCancel(lease.runId)).toMatchObject({ run: { status: 'running', cancelRequested: true } });
      expect((await another().runs.requestCancel(lease.runId))?.lease).toBeUndefined();
      expect(await stores.runs.cancelled()).toEqual([lease.runId]);
      expect(await another().runs.cancelled()).toEqual([]);
      expect(await stores.runs.append(lease, [])).toEqual({ cancelRequested: true });
    });

    it('renews the runs that are named and still held, and no other', async () => {
      const [kept, dropped, lost] = [await stores.begun(), await stores.begun(), await stores.begun()];
      await stores.runs.end(lost, ending());
      const soon = new Stores(database, stores.owner, 10);
      expect(await soon.runs.renew([kept.runId, dropped.runId])).toHaveLength(2);
      await pause(40);
      expect(await stores.runs.renew([kept.runId, lost.runId, 'unknown'])).toEqual([kept.runId]);
      expect(await stores.runs.renew([])).toEqual([]);
      expect(await another().runs.renew([kept.runId])).toEqual([]);
      expect((await stores.runs.seizeOrphans(10)).map(({ lease }) => lease)).toEqual([{ ...dropped, fence: 2 }]);
    });
  });

  describe('waiting', () => {
    it('is taken by priority, then by age', async () => {
      const low = await stores.queued({ priority: 1 });
      const [first, second] = [await stores.queued(), await stores.queued()];
      const high = await stores.queued({ priority: 9 });
      expect(await stores.runs.queued(10)).toEqual([high, first, second, low]);
      expect(await stores.runs.queued(2)).toEqual([high, first]);
    });

    it('is left out while its conversation is busy', async () => {
      const lease = await stores.begun({ conversationId: 'busy' });
      const waiting = await stores.queued({ conversationId: 'busy', priority: 9 });
      const free = await stores.queued();
      expect(await stores.runs.queued(1)).toEqual([free]);
      expect(await stores.runs.take(waiting)).toBe('busy');
      await stores.runs.end(lease, ending());
      expect(await stores.runs.queued(10)).toEqual([waiting, free]);
      expect(await stores.runs.take(waiting)).toMatchObject({ lease: { runId: waiting, fence: 1 } });
      expect(await stores.runs.take(waiting)).toBe('gone');
      expect(await stores.runs.take('unknown')).toBe('gone');
    });

    it('goes to one of many that take it at once', async () => {
      const id = await stores.queued();
      const taken = await Promise.all(Array.from({ length: 20 }, () => another().runs.take(id)));
      expect(taken.filter((result) => result !== 'gone')).toHaveLength(1);
    });

    it('lets one run of a conversation go first when several are taken at once', async () => {
      const ids = await Promise.all(Array.from({ length: 5 }, () => stores.queued({ conversationId: 'conv' })));
      const taken = await Promise.all(ids.map((id) => another().runs.take(id)));
      expect(taken.filter((result) => result === 'busy')).toHaveLength(4);
    });

    it('is taken by whoever cancels it, also behind a run of its conversation', async () => {
      await stores.begun({ conversationId: 'conv' });
      const id = await stores.queued({ conversationId: 'conv' });
      const cancelled = await stores.runs.requestCancel(id);
      expect(cancelled).toMatchObject({ lease: { runId: id, fence: 1 }, run: { cancelRequested: true, attempts: 0 } });
      if (!cancelled?.lease) throw new Error('no lease');
      expect(await stores.runs.queued(10)).toEqual([]);
      await stores.runs.end(cancelled.lease, ending({ outcome: 'cancelled', errorType: 'aborted' }));
      expect(await stores.reader.find(id)).toMatchObject({ status: 'ended', outcome: 'cancelled' });
    });

    it('can not be cancelled once it ended, or when there is none', async () => {
      const id = await stores.ended();
      const cancelled = await stores.runs.requestCancel(id);
      expect(cancelled).toMatchObject({ run: { status: 'ended', cancelRequested: false } });
      expect(cancelled?.lease).toBeUndefined();
      expect(await stores.runs.requestCancel('unknown')).toBeUndefined();
    });
  });

  describe('orphaned', () => {
    it('goes to one of several processes when its lease ran out, with its attempts', async () => {
      const dead = another(10);
      const leases = await Promise.all(Array.from({ length: 12 }, () => dead.begun()));
      await pause(40);
      const next = another();
      // Where one process has the database for itself, there are no others.
      const seizers = Array.from({ length: 4 }, () => (database.engine.exclusive ? next : another()));
      const seized = (await Promise.all(seizers.map(({ runs }) => runs.seizeOrphans(5)))).flat();
      const all = [...seized, ...await next.runs.seizeOrphans(50)];
      if (database.engine.exclusive) expect(seized).toHaveLength(12);
      expect(all.map(({ lease }) => lease.runId).toSorted()).toEqual(leases.map(({ runId }) => runId).toSorted());
      expect(all.every(({ lease, run }) => lease.fence === 2 && run.attempts === 1)).toBe(true);
      for (const lease of leases) await expect(dead.runs.append(lease, [])).rejects.toMatchObject({ code: 'lease_lost' });
      expect(await another().runs.seizeOrphans(0)).toEqual([]);
    });

    it('is written to by its new holder', async () => {
      await another(10).begun({ conversationId: 'conv' });
      await pause(40);
      const [seized] = await stores.runs.seizeOrphans(1);
      if (!seized) throw new Error('nothing was seized');
      await stores.runs.end(seized.lease, ending({ turns: [turn('a')] }));
      expect(await stores.reader.history('conv')).toEqual([turn('a')]);
    });

    it('is not, while its lease is good and its holder may be alive', async () => {
      await another().begun();
      const seized = await stores.runs.seizeOrphans(10);
      // Where one process has the database for itself, the other one is dead.
      expect(seized).toHaveLength(database.engine.exclusive ? 1 : 0);
    });

    it('is not, when it is our own and its lease is good', async () => {
      await stores.begun();
      expect(await stores.runs.seizeOrphans(10)).toEqual([]);
    });
  });

  describe('when the answer to a commit is lost', () => {
    /** Does everything twice, as if the first commit had not been heard of. */
    const stuttering = () => new Stores(new Proxy(database, {
      get: (target, name) => {
        const twice = async (work: (session: Session) => Promise<unknown>) => {
          await target.transact(work);
          return target.transact(work);
        };
        return name === 'transact' ? twice : Reflect.get(target, name, target) as unknown;
      },
    }), stores.owner);

    it('creates one run, and recognises it', async () => {
      const [begun, queued, claimed] = [newRun(), newRun(), newRun()];
      expect(await stuttering().runs.begin(begun)).toEqual({ kind: 'created', lease: { runId: begun.id, fence: 1 } });
      expect(await stuttering().runs.enqueue(queued)).toEqual({ kind: 'created', lease: { runId: queued.id, fence: 0 } });
      expect(await stuttering().runs.begin(claimed, claim())).toEqual({ kind: 'created', lease: { runId: claimed.id, fence: 1 } });
      expect((await stores.reader.list({}, 10)).items).toHaveLength(3);
    });

    it('writes once', async () => {
      const lease = await stores.begun({ conversationId: 'conv' });
      await stuttering().runs.append(lease, [event(1), event(2)]);
      await stuttering().observations.append(lease.runId, [{ at: 1, name: 'llm.call', data: {} }]);
      await stuttering().runs.end(lease, ending({ turns: [turn('a')], result: { text: 'a' }, events: [event(3)] }));
      expect(await stores.reader.events(lease.runId, 0, 10)).toEqual([event(1), event(2), event(3)]);
      expect(await stores.observations.read(lease.runId)).toHaveLength(1);
      expect(await stores.reader.history('conv')).toEqual([turn('a')]);
    });

    it('gives a run back once', async () => {
      const id = await stores.queued();
      await stores.runs.take(id);
      await stuttering().runs.handBack({ runId: id, fence: 1 }, [event(1)], asItWas);
      expect(await stores.reader.find(id)).toMatchObject({ status: 'queued', attempts: 0 });
    });
  });

  describe('found again', () => {
    it('page by page, complete and without repetition while others are added', async () => {
      const before: string[] = [];
      for (let at = 0; at < 23; at++) before.push(await stores.ended());
      const found: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await stores.reader.list({}, 4, cursor);
        found.push(...page.items.map(({ id }) => id));
        cursor = page.next;
        await stores.ended();
      } while (cursor !== undefined);
      expect(new Set(found).size).toBe(found.length);
      expect(before.filter((id) => !found.includes(id))).toEqual([]);
    });

    it('in pages that say whether there is another one', async () => {
      await stores.ended();
      await stores.ended();
      expect((await stores.reader.list({}, 2)).next).toBeUndefined();
      expect((await stores.reader.list({}, 1)).next).toMatch(/^[\w-]+$/);
    });

    it.each(['', 'x', 'bm90IGpzb24', 'WzFd', 'W251bGwsbnVsbF0', 'WyIxIiwiYSJd', 'WzEsImEiLDFd', 'WzEuNSwiYSJd', 'WzEsIlx1MDAwMCJd'])('not with the cursor %j', async (cursor) => {
      await expect(stores.reader.list({}, 10, cursor)).rejects.toMatchObject({ code: 'invalid_request', errorType: 'validation' });
    });

    it('by what they are', async () => {
      const ids = {
        queued: await stores.queued({ conversationId: 'conv' }), running: (await stores.begun()).runId, good: await stores.ended(),
        bad: await stores.ended({}, { outcome: 'error', errorType: 'timeout' }), slow: await stores.ended(),
      };
      await database.transact(({ db }) => db.updateTable('runs').set({ created_at: 1_000, started_at: 1_000, ended_at: 61_000 }).where('id', '=', ids.slow).execute());
      const list = async (filter: Parameters<typeof stores.reader.list>[0]) => (await stores.reader.list(filter, 10)).items.map(({ id }) => id).toSorted();
      expect(await list({ conversationId: 'conv' })).toEqual([ids.queued]);
      expect(await list({ status: 'running' })).toEqual([ids.running]);
      expect(await list({ status: 'ended', outcome: 'error' })).toEqual([ids.bad]);
      expect(await list({ outcome: 'success' })).toEqual([ids.good, ids.slow].toSorted());
      expect(await list({ minDurationMilliseconds: 60_000, maxDurationMilliseconds: 60_000 })).toEqual([ids.slow]);
      expect(await list({ maxDurationMilliseconds: 59_999 })).toEqual([ids.good, ids.bad].toSorted());
      expect(await list({ since: 1_000, until: 1_001 })).toEqual([ids.slow]);
      expect(await list({ until: 1_000 })).toEqual([]);
      expect(await list({})).toHaveLength(5);
    });

    it('as the conversation that they make, in the order in which they ended', async () => {
      expect(await stores.reader.history('conv')).toBeUndefined();
      expect(await stores.reader.conversation('conv')).toBeUndefined();
      const lease = await stores.begun({ conversationId: 'conv' });
      expect(await stores.reader.history('conv')).toEqual([]);
      await stores.runs.end(lease, ending({ turns: [turn('1'), turn('2')] }));
      await stores.ended({ conversationId: 'conv' }, { outcome: 'error' });
      await stores.ended({ conversationId: 'conv' }, { turns: [turn('3')] });
      // Whatever a clock that was set back says.
      await database.transact(({ db }) => db.updateTable('runs').set({ ended_at: 5, created_at: 5 }).where('turns', 'like', '%3%').execute());
      expect(await stores.reader.history('conv')).toEqual([turn('1'), turn('2'), turn('3')]);
      const conversation = await stores.reader.conversation('conv');
      expect(conversation).toEqual({ id: 'conv', createdAt: expect.any(Number) as number, updatedAt: expect.any(Number) as number, messages: [turn('1'), turn('2'), turn('3')] });
      expect(await stores.reader.history('CONV')).toBeUndefined();
    });

    it('as a conversation that was used when a run of it ended', async () => {
      const lease = await stores.begun({ conversationId: 'conv' });
      await age('conversations', 'updated_at', 60_000);
      await stores.runs.append(lease, []);
      expect(Date.now() - ((await stores.reader.conversation('conv'))?.updatedAt ?? 0)).toBeGreaterThan(50_000);
      await stores.runs.end(lease, ending());
      expect(Date.now() - ((await stores.reader.conversation('conv'))?.updatedAt ?? 0)).toBeLessThan(50_000);
    });

    it('with what was observed, in order, and nothing of a run that is not there', async () => {
      const { runId } = await stores.begun();
      for (const at of [1, 2, 3]) await stores.observations.append(runId, [{ at, name: 'llm.call', data: { at } }, { at, name: 'tool.call', data: {} }]);
      await stores.observations.append(runId, []);
      await stores.observations.append('unknown', [{ at: 1, name: 'llm.call', data: {} }]);
      expect((await stores.observations.read(runId)).map(({ at, name }) => `${at} ${name}`)).toEqual(['1 llm.call', '1 tool.call', '2 llm.call', '2 tool.call', '3 llm.call', '3 tool.call']);
      expect(await stores.observations.read('unknown')).toEqual([]);
    });

    it('word for word, whatever the words are', async () => {
      const texts = ['\ud800 half', '👩‍👩‍👧 \u202e\u0007\n\r\t', '\'; drop table runs; --', '"\\\\"', '\u0000 in JSON', '${now} $1 ?1 :a %', 'x'.repeat(1_000_000), ''];
      for (const text of texts) {
        const run = newRun({ conversationId: `conv ${text.slice(0, 50).replaceAll('\0', '').toWellFormed()}`, message: text.replaceAll('\0', '').toWellFormed() });
        await stores.runs.begin(run);
        await stores.runs.end({ runId: run.id, fence: 1 }, ending({ turns: [turn(text)], result: { text }, events: [event(1, { text })] }));
        expect((await stores.reader.find(run.id))?.message === run.message).toBe(true);
        expect((await stores.reader.find(run.id))?.result).toEqual({ text });
        expect(await stores.reader.history(run.conversationId)).toEqual([turn(text)]);
        expect(await stores.reader.events(run.id, 0, 1)).toEqual([event(1, { text })]);
      }
    });

    it('with a message that is well-formed, also when it was not', async () => {
      const { runId } = await stores.begun({ message: 'a \ud800 b' });
      expect((await stores.reader.find(runId))?.message).toBe('a \ufffd b');
    });
  });
});
