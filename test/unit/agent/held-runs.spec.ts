import { jest } from '@jest/globals';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { HeldRuns, isHandedBack } from '../../../src/agent/held-runs.js';
import { Failure } from '../../../src/kernel/failure.js';
import type { RunQueue } from '../../../src/queue/run-queue.js';
import { Settings } from '../../../src/settings/settings.js';
import type { RunStore } from '../../../src/store/run-store.js';
import { RecordingObserver } from '../../support/recording-observer.js';

const LEASE_MILLISECONDS = 30_000;
const { store: settings } = Settings.from({ LEASE: '30' });
const AWAY = new Failure('store_unavailable', { errorType: 'store_unavailable', publicMessage: 'away' });

class Leases {
  readonly renewed: { readonly runIds: readonly string[]; readonly at: number }[] = [];
  looks = 0;
  readonly lost = new Set<string>();
  readonly toCancel = new Set<string>();
  isAway = false;
  renewIsAway = false;
  /** While it is set, nothing is answered. */
  delay: Promise<void> | undefined;

  async renew(runIds: readonly string[]): Promise<readonly string[]> {
    this.renewed.push({ runIds, at: performance.now() - startedAt });
    await this.delay;
    if (this.isAway || this.renewIsAway) throw AWAY;
    return runIds.filter((runId) => !this.lost.has(runId));
  }

  async cancelled(): Promise<readonly string[]> {
    this.looks += 1;
    await this.delay;
    if (this.isAway) throw AWAY;
    return [...this.toCancel];
  }
}

let startedAt: number;
let leases: Leases;
let observer: RecordingObserver;
let held: HeldRuns;
const queue = { send: async () => undefined } as unknown as RunQueue;

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
  startedAt = performance.now();
  leases = new Leases();
  observer = new RecordingObserver();
  held = new HeldRuns(leases as unknown as RunStore, queue, settings, observer);
});
afterEach(() => { jest.useRealTimers(); });

/** Lets so much time pass, and everything happen that follows from it. */
async function pass(milliseconds: number): Promise<void> {
  for (let passed = 0; passed < milliseconds; passed += 500) {
    jest.advanceTimersByTime(Math.min(500, milliseconds - passed));
    await nextTurn();
  }
}

const hold = (runId: string, detached = true, fence = 1) => held.hold({ runId, fence }, detached);
const codeOf = ({ reason }: AbortSignal) => (reason as Failure).code;

describe('leases', () => {
  it('are renewed each third of their time, all at once', async () => {
    hold('run_1');
    hold('run_2');
    await pass(LEASE_MILLISECONDS);
    expect(leases.renewed.map(({ runIds }) => runIds)).toEqual([['run_1', 'run_2'], ['run_1', 'run_2'], ['run_1', 'run_2']]);
    expect(leases.renewed.map(({ at }) => Math.round(at / 1_000))).toEqual([10, 20, 30]);
  });

  it('of a run that comes later are renewed with the others, not later', async () => {
    hold('run_1');
    await pass(9_000);
    hold('run_2');
    await pass(1_000);
    expect(leases.renewed.at(-1)?.runIds).toEqual(['run_1', 'run_2']);
  });

  it('are not renewed before their time because none was held for long', async () => {
    await pass(60_000);
    hold('run_1');
    await pass(9_000);
    expect(leases.renewed).toEqual([]);
  });

  it('of a run that is released are not renewed', async () => {
    hold('run_1').release();
    hold('run_2');
    await pass(10_000);
    expect(leases.renewed.map(({ runIds }) => runIds)).toEqual([['run_2']]);
  });

  it('that are short are looked after more often', async () => {
    held = new HeldRuns(leases as unknown as RunStore, queue, Settings.from({ LEASE: '1' }).store, observer);
    hold('run_1');
    for (let looks = 0; looks < 100; looks++) {
      jest.advanceTimersByTime(10);
      await nextTurn();
    }
    expect(leases.renewed.length).toBeGreaterThanOrEqual(2);
  });
});

describe('a lease that is lost', () => {
  it('ends its run, and no other one', async () => {
    const [lost, kept] = [hold('run_1'), hold('run_2')];
    leases.lost.add('run_1');
    await pass(10_000);
    expect(lost.signal.aborted && codeOf(lost.signal)).toBe('lease_lost');
    expect(lost.signal.reason).toMatchObject({ errorType: 'interrupted', retryable: true });
    expect(kept.signal.aborted).toBe(false);
    expect(observer.facts).toEqual([{ fact: 'lease.lost', detail: { run_id: 'run_1' } }]);
  });

  it('is of no interest when its run was released while the store was asked', async () => {
    const run = hold('run_1');
    hold('run_2');
    await pass(9_500);
    const answer = Promise.withResolvers<void>();
    leases.renew = async (runIds) => { await answer.promise; return runIds.slice(1); };
    await pass(500);
    run.release();
    answer.resolve();
    await pass(500);
    expect(observer.facts).toEqual([]);
    expect(run.signal.aborted).toBe(false);
  });
});

describe('a run that comes back to the process that lost it', () => {
  it('ends for who held it before', () => {
    const before = hold('run_1', true, 1);
    const now = hold('run_1', true, 3);
    expect(before.signal.aborted && codeOf(before.signal)).toBe('lease_lost');
    expect(now.signal.aborted).toBe(false);
  });

  it('is kept when who held it before lets go of it', async () => {
    const before = hold('run_1', true, 1);
    const now = hold('run_1', true, 3);
    before.release();
    await pass(10_000);
    expect(leases.renewed.at(-1)?.runIds).toEqual(['run_1']);
    expect(held.cancel('run_1')).toBe(true);
    expect(now.signal.aborted && codeOf(now.signal)).toBe('cancelled');
    now.release();
    expect(jest.getTimerCount()).toBe(0);
  });

  it('is not ended by an answer that was meant for who held it before', async () => {
    const before = hold('run_1', true, 1);
    const answer = Promise.withResolvers<void>();
    leases.lost.add('run_1');
    leases.renew = async (runIds) => { await answer.promise; return runIds.filter((runId) => !leases.lost.has(runId)); };
    await pass(10_000);
    before.release();
    const now = hold('run_1', true, 3);
    answer.resolve();
    await pass(500);
    expect(now.signal.aborted).toBe(false);
  });
});

describe('a run that is to be cancelled', () => {
  it('ends at once when it is held here', () => {
    const [run, other] = [hold('run_1'), hold('run_2')];
    expect(held.cancel('run_1')).toBe(true);
    expect(run.signal.reason).toMatchObject({ code: 'cancelled', errorType: 'aborted' });
    expect(other.signal.aborted).toBe(false);
  });

  it('is not here when it was released, or never came', () => {
    hold('run_1').release();
    expect([held.cancel('run_1'), held.cancel('run_2')]).toEqual([false, false]);
  });

  it('ends within a second or so when another process was asked', async () => {
    const [run, other] = [hold('run_1'), hold('run_2')];
    leases.toCancel.add('run_1').add('run_of_somebody_else');
    await pass(1_000);
    expect(run.signal.aborted && codeOf(run.signal)).toBe('cancelled');
    expect(other.signal.aborted).toBe(false);
  });
});

describe('a process that ends', () => {
  it('takes nothing on any more', () => {
    expect(() => held.assertOpen()).not.toThrow();
    held.drain();
    expect(() => held.assertOpen()).toThrow(expect.objectContaining({ code: 'shutting_down', retryable: true, retryAfterSeconds: 1 }));
  });

  it('gives runs that can be found again back between two steps, and lets the others go on', () => {
    const [detached, attached] = [hold('run_1', true), hold('run_2', false)];
    expect(detached.mayGoOn).not.toThrow();
    held.drain();
    expect(detached.mayGoOn).toThrow(expect.objectContaining({ code: 'handed_back', errorType: 'shutting_down', retryable: true }));
    expect(attached.mayGoOn).not.toThrow();
    expect([detached.signal.aborted, attached.signal.aborted]).toEqual([false, false]);
  });

  it('goes on keeping leases until all have ended', async () => {
    hold('run_1', false);
    held.drain();
    await pass(10_000);
    expect(leases.renewed).toHaveLength(1);
  });

  it('cuts off what still runs when its time is over, each with its reason', () => {
    const [detached, attached] = [hold('run_1', true), hold('run_2', false)];
    expect(held.abandoned.aborted).toBe(false);
    held.abandon();
    expect([codeOf(detached.signal), codeOf(attached.signal)]).toEqual(['handed_back', 'shutting_down']);
    expect(isHandedBack(detached.signal.reason)).toBe(true);
    expect(isHandedBack(attached.signal.reason)).toBe(false);
    expect(held.abandoned.aborted).toBe(true);
  });

  it('cuts off what begins behind the end of its time', () => {
    held.abandon();
    expect([codeOf(hold('run_1', true).signal), codeOf(hold('run_2', false).signal)]).toEqual(['handed_back', 'shutting_down']);
  });

  it('does not take any other error for a run that goes on elsewhere', () => {
    expect([isHandedBack(new Error('handed_back')), isHandedBack(AWAY), isHandedBack(undefined)]).toEqual([false, false, false]);
  });
});

describe('to wait for the end of all runs', () => {
  async function isSettled(promise: Promise<void>): Promise<boolean> {
    let settled = false;
    void promise.then(() => { settled = true; });
    await nextTurn();
    return settled;
  }

  it('takes no time when there are none', async () => {
    expect(await isSettled(held.settled(1_000))).toBe(true);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('ends with the last of them', async () => {
    const runs = [hold('run_1'), hold('run_2')];
    const waiting = [held.settled(1_000), held.settled(2_000)];
    runs[0]?.release();
    expect(await isSettled(Promise.race(waiting))).toBe(false);
    runs[1]?.release();
    expect(await isSettled(Promise.all(waiting).then(() => undefined))).toBe(true);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('ends when the time is over', async () => {
    hold('run_1');
    const waiting = held.settled(1_000);
    jest.advanceTimersByTime(999);
    expect(await isSettled(waiting)).toBe(false);
    jest.advanceTimersByTime(1);
    expect(await isSettled(waiting)).toBe(true);
  });
});

it('a run can be ended by who carries it out', () => {
  const run = hold('run_1');
  run.abort(AWAY);
  expect(run.signal.reason).toBe(AWAY);
});

describe('the look after the runs', () => {
  it('stops when none is held, and begins again with the next one', async () => {
    const run = hold('run_1');
    run.release();
    run.release();
    expect(jest.getTimerCount()).toBe(0);
    await pass(20_000);
    expect(leases.looks).toBe(0);
    hold('run_2');
    await pass(10_000);
    expect(leases.renewed).toHaveLength(1);
  });

  it('survives a store that is away, and ends no run because of it', async () => {
    const run = hold('run_1');
    leases.isAway = true;
    await pass(15_000);
    leases.isAway = false;
    await pass(10_000);
    expect(leases.renewed.length).toBeGreaterThan(0);
    expect(run.signal.aborted).toBe(false);
  });

  it('renews within a second or so what a store that was away could not', async () => {
    hold('run_1');
    await pass(9_500);
    leases.renewIsAway = true;
    await pass(1_000);
    leases.renewIsAway = false;
    leases.renewed.length = 0;
    await pass(1_000);
    expect(leases.renewed).toHaveLength(1);
  });

  it('does not ask a store again that has not answered', async () => {
    hold('run_1');
    const answer = Promise.withResolvers<void>();
    leases.delay = answer.promise;
    await pass(20_000);
    expect(leases.looks).toBe(1);
    leases.delay = undefined;
    answer.resolve();
    await pass(2_000);
    expect(leases.looks).toBeGreaterThan(1);
    expect(leases.renewed).toHaveLength(1);
  });
});
