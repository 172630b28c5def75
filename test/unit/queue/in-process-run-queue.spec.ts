import { jest } from '@jest/globals';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Failure } from '../../../src/kernel/failure.js';
import { InProcessRunQueue } from '../../../src/queue/in-process-run-queue.js';
import type { Handled } from '../../../src/queue/run-queue.js';

/** Milliseconds until a run that had to wait is offered again, and more. */
const SOON = 1_000;
const AWAY = new Failure('store_unavailable', { errorType: 'store_unavailable', publicMessage: 'away' });

/** Runs that wait, in the order of the store. One whose conversation is busy is not among them, as the store has it. */
class Waiting {
  runs: string[] = [];
  readonly busy = new Set<string>();
  looks: number[] = [];
  isAway = false;
  delay: Promise<void> | undefined;
  /** True when conversations become busy only behind each look. */
  isBehind = false;

  async queued(limit: number): Promise<readonly string[]> {
    this.looks.push(limit);
    await this.delay;
    if (this.isAway) throw AWAY;
    return this.runs.filter((run) => this.isBehind || !this.busy.has(conversationOf(run))).slice(0, limit);
  }
}

/** Takes runs as the store lets it, and carries them out until a test ends them. A run's name begins with its conversation's. */
class Hands {
  readonly given: string[] = [];
  readonly running = new Map<string, () => void>();
  most = 0;

  constructor(private readonly store: Waiting) {}

  readonly handle = async (run: string): Promise<Handled> => {
    this.given.push(run);
    await Promise.resolve();
    if (!this.store.runs.includes(run)) return 'done';
    if (this.store.busy.has(conversationOf(run))) return 'busy';
    this.store.runs = this.store.runs.filter((other) => other !== run);
    this.store.busy.add(conversationOf(run));
    await new Promise<void>((resolve) => {
      this.running.set(run, resolve);
      this.most = Math.max(this.most, this.running.size);
    });
    this.running.delete(run);
    this.store.busy.delete(conversationOf(run));
    return 'done';
  };

  get now(): readonly string[] {
    return [...this.running.keys()];
  }

  async end(run: string): Promise<void> {
    this.running.get(run)?.();
    await nextTurn();
  }
}

function conversationOf(run: string): string {
  return run.charAt(0);
}

let store: Waiting;
let hands: Hands;
let queue: InProcessRunQueue;

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
  store = new Waiting();
  hands = new Hands(store);
  queue = new InProcessRunQueue(store);
});
afterEach(() => { jest.useRealTimers(); });

async function work(concurrency: number): Promise<void> {
  await queue.work(hands.handle, concurrency);
  await nextTurn();
}

async function send(...runs: readonly string[]): Promise<void> {
  store.runs.push(...runs);
  await queue.send();
  await nextTurn();
}

async function pass(milliseconds: number): Promise<void> {
  jest.advanceTimersByTime(milliseconds);
  await nextTurn();
}

it('takes runs in the order of the store, whoever was told of first', async () => {
  await work(1);
  const answer = Promise.withResolvers<void>();
  store.delay = answer.promise;
  await send('a1');
  store.runs.unshift('u1'); // more urgent, and later
  store.delay = undefined;
  answer.resolve();
  await nextTurn();
  expect(hands.given).toEqual(['u1']);
  await hands.end('u1');
  expect(hands.given).toEqual(['u1', 'a1']);
});

it('takes no more at once than it may, and the next one when one has ended', async () => {
  await work(2);
  await send('a1', 'b1', 'c1', 'd1');
  expect(hands.now).toEqual(['a1', 'b1']);
  await hands.end('a1');
  expect(hands.now).toEqual(['b1', 'c1']);
  await hands.end('b1');
  await hands.end('c1');
  await hands.end('d1');
  expect([hands.given, hands.most, store.runs]).toEqual([['a1', 'b1', 'c1', 'd1'], 2, []]);
});

it('takes what was queued before it worked, by an earlier process as well', async () => {
  await send('a1', 'b1');
  expect(hands.given).toEqual([]);
  await work(2);
  expect(hands.now).toEqual(['a1', 'b1']);
});

it('hears of a run that it is reminded of', async () => {
  await work(1);
  store.runs.push('a1');
  await queue.remind();
  await nextTurn();
  expect(hands.now).toEqual(['a1']);
});

it('hears of a run that is queued while it looks', async () => {
  await work(2);
  const answer = Promise.withResolvers<void>();
  store.delay = answer.promise;
  void queue.send();
  store.runs.push('a1');
  await send('b1');
  store.delay = undefined;
  answer.resolve();
  await nextTurn();
  expect(hands.now).toEqual(['a1', 'b1']);
});

it('looks once for any number of runs that are queued at once', async () => {
  await work(2);
  store.looks = [];
  for (let run = 0; run < 100; run++) void queue.send();
  await nextTurn();
  expect(store.looks.length).toBeLessThanOrEqual(2);
});

it('never gives out a run twice at once, although the store still has it as queued', async () => {
  const given: string[] = [];
  await queue.work((run) => { given.push(run); return new Promise(() => undefined); }, 3);
  store.runs = ['a1', 'b1'];
  for (let times = 0; times < 5; times++) {
    await queue.send();
    await queue.remind();
    await nextTurn();
  }
  expect(given).toEqual(['a1', 'b1']);
});

describe('a run whose conversation is busy', () => {
  it('is offered again until it can be taken', async () => {
    await work(2);
    store.busy.add('a');
    store.isBehind = true;
    await send('a1');
    expect(hands.now).toEqual([]);
    await pass(SOON);
    expect(hands.now).toEqual([]);
    store.busy.delete('a');
    await pass(SOON);
    expect(hands.now).toEqual(['a1']);
  });

  it('blocks nobody: others of the queue go on', async () => {
    await work(2);
    await send('a1', 'a2', 'a3', 'b1', 'b2');
    await pass(SOON);
    expect(hands.now).toEqual(['a1', 'b1']);
    await hands.end('b1');
    await pass(SOON);
    expect(hands.now).toEqual(['a1', 'b2']);
    for (const run of ['a1', 'b2', 'a2', 'a3']) {
      await hands.end(run);
      await pass(SOON);
    }
    expect([store.runs, hands.now]).toEqual([[], []]);
  });

  it('comes as soon as the other one has ended', async () => {
    await work(2);
    await send('a1', 'a2');
    await pass(SOON);
    await hands.end('a1');
    expect(hands.now).toEqual(['a2']);
  });

  it('is not offered without a pause', async () => {
    let offers = 0;
    store.runs = ['a1'];
    await queue.work(async () => { offers += 1; return 'busy'; }, 2);
    for (let turns = 0; turns < 20; turns++) await nextTurn();
    expect(offers).toBe(1);
    for (let times = 0; times < 4; times++) await pass(250);
    expect(offers).toBe(5);
  });
});

describe('a queue that stops', () => {
  it('gives out no more runs, and lets those go on that it gave out', async () => {
    await work(1);
    await send('a1', 'b1');
    await queue.stop();
    expect(hands.now).toEqual(['a1']);
    await hands.end('a1');
    await pass(SOON);
    expect(hands.given).toEqual(['a1']);
  });

  it('gives out nothing of what it was looking for', async () => {
    await work(1);
    const answer = Promise.withResolvers<void>();
    store.delay = answer.promise;
    await send('a1');
    await queue.stop();
    answer.resolve();
    await nextTurn();
    expect(hands.given).toEqual([]);
  });

  it.each(['stop', 'close'] as const)('leaves no timer with %s, whatever comes in late', async (how) => {
    const busy = Promise.withResolvers<Handled>();
    store.runs = ['a1'];
    await queue.work(() => busy.promise, 1);
    await nextTurn();
    await queue[how]();
    busy.resolve('busy');
    await nextTurn();
    store.isAway = true;
    await queue.send();
    await nextTurn();
    expect(jest.getTimerCount()).toBe(0);
  });

  it('can begin again', async () => {
    await work(1);
    await queue.stop();
    await send('a1');
    await work(1);
    expect(hands.now).toEqual(['a1']);
  });
});

describe('a store that is away', () => {
  it('is asked again until it is back', async () => {
    store.isAway = true;
    await work(1);
    await send('a1');
    await pass(SOON);
    expect(hands.given).toEqual([]);
    store.isAway = false;
    await pass(SOON);
    expect(hands.now).toEqual(['a1']);
  });

  it('is not asked without a pause', async () => {
    store.isAway = true;
    await work(1);
    for (let turns = 0; turns < 20; turns++) await nextTurn();
    expect(store.looks).toHaveLength(1);
    expect(jest.getTimerCount()).toBe(1);
  });
});
