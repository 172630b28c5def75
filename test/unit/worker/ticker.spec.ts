import { jest } from '@jest/globals';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { Failure } from '../../../src/kernel/failure.js';
import { Ticker } from '../../../src/worker/ticker.js';

const AWAY = new Failure('store_unavailable', { errorType: 'store_unavailable', publicMessage: 'away' });

let began: number;
let signals: AbortSignal[];
let work: () => Promise<void>;
let ticker: Ticker;

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
  [began, signals] = [0, []];
  work = async () => undefined;
  ticker = new Ticker((signal) => { began += 1; signals.push(signal); return work(); }, 1_000);
});
afterEach(() => { jest.useRealTimers(); });

async function pass(milliseconds: number): Promise<void> {
  jest.advanceTimersByTime(milliseconds);
  await nextTurn();
}

it('begins at once, and again after each pause', async () => {
  ticker.start();
  expect(began).toBe(1);
  await nextTurn();
  await pass(999);
  expect(began).toBe(1);
  await pass(1);
  await pass(1_000);
  expect(began).toBe(3);
});

it('does not begin again before it has ended, however long it takes', async () => {
  const slow = Promise.withResolvers<void>();
  work = () => slow.promise;
  ticker.start();
  await pass(60_000);
  expect(began).toBe(1);
  slow.resolve();
  await nextTurn();
  await pass(999);
  expect(began).toBe(1);
  await pass(1);
  expect(began).toBe(2);
});

it('leaves a failure for the next time', async () => {
  work = () => Promise.reject(AWAY);
  ticker.start();
  await nextTurn();
  work = async () => undefined;
  await pass(1_000);
  expect(began).toBe(2);
});

it('does no more when it is stopped during the pause', async () => {
  ticker.start();
  await nextTurn();
  ticker.stop();
  await pass(10_000);
  expect(began).toBe(1);
  expect(jest.getTimerCount()).toBe(0);
});

it('tells what is being done that it is stopped, and does no more behind it', async () => {
  const slow = Promise.withResolvers<void>();
  work = () => slow.promise;
  ticker.start();
  expect(signals[0]?.aborted).toBe(false);
  ticker.stop();
  expect(signals[0]?.aborted).toBe(true);
  slow.reject(new Error('aborted'));
  await pass(10_000);
  expect(began).toBe(1);
  expect(jest.getTimerCount()).toBe(0);
});

it('hides no bug', async () => {
  const bug = new TypeError('undefined is not a function');
  work = () => Promise.reject(bug);
  await expect((ticker as unknown as { tick(): Promise<void> }).tick()).rejects.toBe(bug); // nobody who starts it waits for that
});
