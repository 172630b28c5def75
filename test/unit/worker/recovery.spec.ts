import { jest } from '@jest/globals';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { HeldRuns } from '../../../src/agent/held-runs.js';
import type { RunExecutor } from '../../../src/agent/run-executor.js';
import { Failure } from '../../../src/kernel/failure.js';
import type { RunQueue } from '../../../src/queue/run-queue.js';
import { Settings } from '../../../src/settings/settings.js';
import type { Lease, RunRecord } from '../../../src/store/run-record.js';
import type { RunStore } from '../../../src/store/run-store.js';
import { Recovery } from '../../../src/worker/recovery.js';
import { RecordingObserver } from '../../support/recording-observer.js';

const { store: settings } = Settings.from({ LEASE: '12' });
/** Twelve looks in the time of a lease. */
const PAUSE_MILLISECONDS = 1_000;
const AWAY = new Failure('store_unavailable', { errorType: 'store_unavailable', publicMessage: 'away' });

interface Orphan {
  readonly lease: Lease;
  readonly run: RunRecord;
}

function orphan(id: string, run: Partial<RunRecord> = {}): Orphan {
  return {
    lease: { runId: id, fence: 2 },
    run: {
      id, conversationId: 'conv_1', correlationId: 'c', channel: 'http', message: 'Hi', detached: true, priority: 3,
      status: 'running', fence: 2, attempts: 1, cancelRequested: false, createdAt: 1, ...run,
    },
  };
}

/** Orphans, and what became of them. */
class World {
  orphans: Orphan[] = [];
  looks = 0;
  isAway = false;
  readonly story: (readonly [what: string, ...details: unknown[]])[] = [];
  /** Runs that can not be written any more. */
  readonly lost = new Set<string>();
  queueIsAway = false;

  readonly store: Pick<RunStore, 'seizeOrphans' | 'handBack'> = {
    seizeOrphans: async (limit) => {
      this.looks += 1;
      if (this.isAway) throw AWAY;
      return this.orphans.splice(0, limit);
    },
    handBack: async (lease, events, options) => {
      this.assertHeld(lease);
      this.story.push(['handed back', lease, events, options]);
    },
  };

  readonly executor: Pick<RunExecutor, 'close'> = {
    close: async (lease, failure) => {
      this.assertHeld(lease);
      this.story.push(['closed', lease, failure.code, failure.errorType]);
    },
  };

  readonly queue: Pick<RunQueue, 'send'> = {
    send: async (run) => {
      if (this.queueIsAway) throw AWAY;
      this.story.push(['sent', run]);
    },
  };

  private assertHeld({ runId }: Lease): void {
    if (this.lost.has(runId)) throw new Failure('lease_lost', { errorType: 'interrupted', publicMessage: 'lost' });
  }
}

let world: World;
let observer: RecordingObserver;
let recovery: Recovery;

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
  world = new World();
  observer = new RecordingObserver();
  recovery = new Recovery(world.store as RunStore, new HeldRuns(world.store as RunStore, world.queue as RunQueue, settings, observer), world.executor as RunExecutor, observer, settings);
});
afterEach(() => {
  recovery.beforeApplicationShutdown();
  expect(jest.getTimerCount()).toBe(0);
  jest.useRealTimers();
});

async function start(...orphans: readonly Orphan[]): Promise<void> {
  world.orphans = [...orphans];
  recovery.start();
  await nextTurn();
}

async function pass(milliseconds: number): Promise<void> {
  jest.advanceTimersByTime(milliseconds);
  await nextTurn();
}

const LEASE: Lease = { runId: 'run_1', fence: 2 };

it.each([1, 2])('a run that can be found again goes back to the queue after attempt %d, which counts', async (attempts) => {
  await start(orphan('run_1', { attempts }));
  expect(world.story).toEqual([['handed back', LEASE, [], { asAttempt: true }], ['sent', { runId: 'run_1', priority: 3 }]]);
  expect(observer.facts).toEqual([{ fact: 'run.recovered', detail: { run_id: 'run_1', attempt: attempts } }]);
});

it.each([3, 4])('a run that was begun %d times is given up as one that ends its processes', async (attempts) => {
  await start(orphan('run_1', { attempts }));
  expect(world.story).toEqual([['closed', LEASE, 'attempts_exhausted', 'attempts_exhausted']]);
  expect(observer.facts).toEqual([{ fact: 'run.closed', detail: { run_id: 'run_1', error_type: 'attempts_exhausted' } }]);
});

it.each([1, 3])('a run that nobody could find again is closed, after attempt %d as well', async (attempts) => {
  await start(orphan('run_1', { detached: false, attempts }));
  expect(world.story).toEqual([['closed', LEASE, 'run_interrupted', 'interrupted']]);
  expect(observer.facts).toEqual([{ fact: 'run.closed', detail: { run_id: 'run_1', error_type: 'interrupted' } }]);
});

it.each([{}, { detached: false }, { attempts: 3 }])('a run that somebody wanted to cancel is cancelled, whatever else is true of it: %j', async (run) => {
  await start(orphan('run_1', { ...run, cancelRequested: true }));
  expect(world.story).toEqual([['closed', LEASE, 'cancelled', 'aborted']]);
  expect(observer.facts).toEqual([{ fact: 'run.closed', detail: { run_id: 'run_1', error_type: 'aborted' } }]);
});

it('all orphans are taken over at once, however many they are', async () => {
  await start(...Array.from({ length: 45 }, (_, index) => orphan(`run_${index}`)));
  expect(world.story.filter(([what]) => what === 'sent')).toHaveLength(45);
  expect(world.looks).toBe(3);
});

it('a full batch is followed by another look', async () => {
  await start(...Array.from({ length: 20 }, (_, index) => orphan(`run_${index}`)));
  expect(world.looks).toBe(2);
});

it('looks again and again', async () => {
  await start();
  expect(world.looks).toBe(1);
  await pass(PAUSE_MILLISECONDS);
  world.orphans.push(orphan('run_1'));
  await pass(PAUSE_MILLISECONDS);
  expect(world.looks).toBe(3);
  expect(world.story.map(([what]) => what)).toEqual(['handed back', 'sent']);
});

it('survives a store that is away', async () => {
  world.isAway = true;
  await start(orphan('run_1'));
  await pass(PAUSE_MILLISECONDS);
  world.isAway = false;
  await pass(PAUSE_MILLISECONDS);
  expect(world.story.map(([what]) => what)).toEqual(['handed back', 'sent']);
});

it.each([{}, { detached: false }])('a run that somebody else took meanwhile is in nobody’s way: %j', async (run) => {
  world.lost.add('run_1');
  await start(orphan('run_1', run), orphan('run_2'));
  expect(world.story).toEqual([['handed back', { runId: 'run_2', fence: 2 }, [], { asAttempt: true }], ['sent', { runId: 'run_2', priority: 3 }]]);
  expect(observer.facts).toHaveLength(1);
});

it('a queue that can not be reached keeps no run from going back', async () => {
  world.queueIsAway = true;
  await start(orphan('run_1'), orphan('run_2'));
  expect(world.story.map(([what, lease]) => [what, (lease as Lease).runId])).toEqual([['handed back', 'run_1'], ['handed back', 'run_2']]);
  expect(observer.facts).toHaveLength(2);
});

it('stops with the process', async () => {
  await start();
  recovery.beforeApplicationShutdown();
  await pass(10 * PAUSE_MILLISECONDS);
  expect(world.looks).toBe(1);
});
