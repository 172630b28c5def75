import { getEventListeners } from 'node:events';
import { jest } from '@jest/globals';
import { SilenceWatch } from '../../../src/llm/silence-watch.js';

const LIMITS = { beginMilliseconds: 1_000, silenceMilliseconds: 300 };
const SILENT = { name: 'Failure', code: 'upstream_timeout', errorType: 'timeout', retryable: true };

let caller: AbortController;
let watch: SilenceWatch;
beforeEach(() => {
  jest.useFakeTimers();
  caller = new AbortController();
  watch = new SilenceWatch(LIMITS, caller.signal);
});
afterEach(() => {
  watch.stop();
  jest.useRealTimers();
});

/** What would outlive the exchange: its timers, and its listeners at the caller's signal. */
const left = () => [jest.getTimerCount(), getEventListeners(caller.signal, 'abort').length];

it('waits for the beginning of an answer as long as it may take, and not longer', () => {
  jest.advanceTimersByTime(999);
  expect(watch.signal.aborted).toBe(false);
  jest.advanceTimersByTime(1);
  expect(watch.signal.reason).toMatchObject(SILENT);
  expect(left()).toEqual([0, 0]);
});

it('counts anew with every piece that says something', () => {
  watch.heard();
  for (let piece = 0; piece < 20; piece++) {
    jest.advanceTimersByTime(299);
    watch.heard();
  }
  jest.advanceTimersByTime(299);
  expect(watch.signal.aborted).toBe(false);
  jest.advanceTimersByTime(1);
  expect(watch.signal.reason).toMatchObject(SILENT);
  expect(left()).toEqual([0, 0]);
});

it('counts the time of a silence from the headers on, not from the request', () => {
  jest.advanceTimersByTime(900);
  watch.heard();
  jest.advanceTimersByTime(299);
  expect(watch.signal.aborted).toBe(false);
  jest.advanceTimersByTime(1);
  expect(watch.signal.aborted).toBe(true);
});

it('leaves no timer and no listener when the exchange is over, and never ends it then', () => {
  expect(left()).toEqual([1, 1]);
  watch.heard();
  expect(left()).toEqual([1, 1]);
  watch.stop();
  expect(left()).toEqual([0, 0]);
  jest.advanceTimersByTime(10_000);
  caller.abort();
  expect(watch.signal.aborted).toBe(false);
});

it('gives up with its caller, for the reason the caller has, and leaves nothing', () => {
  const reason = new Error('gone');
  caller.abort(reason);
  expect(watch.signal.reason).toBe(reason);
  expect(left()).toEqual([0, 0]);
});

it('has given up before it begins when its caller has', () => {
  const gone = AbortSignal.abort('gone before');
  const late = new SilenceWatch(LIMITS, gone);
  expect(late.signal.reason).toBe('gone before');
  expect(getEventListeners(gone, 'abort')).toEqual([]);
  expect(jest.getTimerCount()).toBe(1); // the other one's
});

it('needs no caller', () => {
  const alone = new SilenceWatch(LIMITS, undefined);
  jest.advanceTimersByTime(1_000);
  expect(alone.signal.reason).toMatchObject(SILENT);
});
