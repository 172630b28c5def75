import { jest } from '@jest/globals';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Failure } from '../../../src/kernel/failure.js';
import type { RunQueue } from '../../../src/queue/run-queue.js';
import type { Retention } from '../../../src/store/retention.js';
import type { RunStore } from '../../../src/store/run-store.js';
import { Upkeep } from '../../../src/worker/upkeep.js';
import { RecordingObserver } from '../../support/recording-observer.js';

const AWAY = new Failure('store_unavailable', { errorType: 'store_unavailable', publicMessage: 'away' });
const NOTHING = { conversations: 0, runs: 0, keys: 0 };

let figures = { conversations: 1, queuedRuns: 0, runningRuns: 2, oldestQueuedMilliseconds: 0, oldestRunningMilliseconds: 1_500, logBytes: 3 };
let pruned = NOTHING;
let queued: string[];
let limits: number[];
let reminded: (readonly string[])[];
let signals: AbortSignal[];
let isAway: boolean;
let observer: RecordingObserver;
let upkeep: Upkeep;

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
  [queued, limits, reminded, signals, isAway, pruned] = [[], [], [], [], false, NOTHING];
  figures = { conversations: 1, queuedRuns: 0, runningRuns: 2, oldestQueuedMilliseconds: 0, oldestRunningMilliseconds: 1_500, logBytes: 3 };
  observer = new RecordingObserver();
  const retention: Retention = {
    figures: async () => { if (isAway) throw AWAY; return figures; },
    prune: async (signal) => { signals.push(signal); if (isAway) throw AWAY; return pruned; },
  };
  const store: Pick<RunStore, 'queued'> = { queued: async (limit) => { limits.push(limit); return queued; } };
  const queue: Pick<RunQueue, 'remind'> = { remind: async (runs) => void reminded.push(runs) };
  upkeep = new Upkeep(retention, store as RunStore, queue as RunQueue, observer);
});
afterEach(() => {
  upkeep.beforeApplicationShutdown();
  expect(jest.getTimerCount()).toBe(0);
  jest.useRealTimers();
});

async function start(): Promise<void> {
  upkeep.start();
  await nextTurn();
}

async function pass(milliseconds: number): Promise<void> {
  for (let passed = 0; passed < milliseconds; passed += 10_000) {
    jest.advanceTimersByTime(10_000);
    await nextTurn();
  }
}

const told = (fact: string) => observer.facts.filter((each) => each.fact === fact).map(({ detail }) => detail);

it('tells at once what the store holds, and again every ten seconds', async () => {
  await start();
  expect(told('store.counted')).toEqual([{ conversations: 1, queued: 0, running: 2, oldest_queued_seconds: 0, oldest_running_seconds: 1.5, log_bytes: 3 }]);
  figures = { ...figures, conversations: 5 };
  await pass(10_000);
  expect(told('store.counted').at(-1)).toMatchObject({ conversations: 5 });
});

it('reminds the workers of runs that wait', async () => {
  figures = { ...figures, queuedRuns: 2 };
  queued = ['run_1', 'run_2'];
  await start();
  expect(reminded).toEqual([['run_1', 'run_2']]);
  expect(limits).toEqual([100]);
  await pass(10_000);
  expect(reminded).toHaveLength(2);
});

it('reminds nobody of nothing', async () => {
  await start();
  expect([limits, reminded]).toEqual([[], []]);
});

it('deletes what is old at once, and again every five minutes', async () => {
  await start();
  expect(signals).toHaveLength(1);
  await pass(290_000);
  expect(signals).toHaveLength(1);
  await pass(10_000);
  expect(signals).toHaveLength(2);
});

it.each([{ ...NOTHING, conversations: 1 }, { ...NOTHING, runs: 2 }, { ...NOTHING, keys: 3 }])('tells what it deleted: %j', async (went) => {
  pruned = went;
  await start();
  expect(told('store.pruned')).toEqual([went]);
});

it('says nothing when it deleted nothing', async () => {
  await start();
  expect(told('store.pruned')).toEqual([]);
});

it('survives a store that is away', async () => {
  isAway = true;
  await start();
  await pass(300_000);
  isAway = false;
  await pass(300_000);
  expect(told('store.counted').length).toBeGreaterThan(1);
  expect(signals.length).toBeGreaterThan(1);
});

it('ends with the process, and tells who is deleting', async () => {
  await start();
  expect(signals[0]?.aborted).toBe(false);
  upkeep.beforeApplicationShutdown();
  expect(signals[0]?.aborted).toBe(true);
  observer.facts.length = 0;
  await pass(300_000);
  expect(observer.facts).toEqual([]);
});
