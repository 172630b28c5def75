import { jest } from '@jest/globals';
import { getEventListeners } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { RunNews } from '../../../src/agent/run-news.js';

let news: RunNews;
let told: string[];
let controller: AbortController;

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
  [news, told, controller] = [new RunNews(), [], new AbortController()];
});
afterEach(() => { jest.useRealTimers(); });

function wait(name: string, runId = 'run_1', { signal } = controller): void {
  void news.wait(runId, 200, signal).then(() => told.push(name));
}

/** Nothing is kept for somebody who does not wait any more. */
function expectNothingLeft(): void {
  expect(jest.getTimerCount()).toBe(0);
  expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
  expect((news as unknown as { readonly waiting: Map<string, unknown> }).waiting.size).toBe(0);
}

it('tells all who wait for a run, once', async () => {
  wait('a');
  wait('b');
  news.tell('run_1');
  news.tell('run_1');
  await nextTurn();
  expect(told).toEqual(['a', 'b']);
  expectNothingLeft();
});

it('tells nobody who waits for another run', async () => {
  wait('a', 'run_2');
  news.tell('run_1');
  await nextTurn();
  expect(told).toEqual([]);
});

it('news that nobody waits for are forgotten', async () => {
  news.tell('run_1');
  wait('a');
  await nextTurn();
  expect(told).toEqual([]);
});

it('nobody waits longer than he wants', async () => {
  wait('a');
  jest.advanceTimersByTime(199);
  await nextTurn();
  expect(told).toEqual([]);
  jest.advanceTimersByTime(1);
  await nextTurn();
  expect(told).toEqual(['a']);
  expectNothingLeft();
});

it('nobody waits whose signal aborts, and the others go on', async () => {
  wait('other', 'run_1', new AbortController());
  wait('a');
  controller.abort();
  await nextTurn();
  expect(told).toEqual(['a']);
  news.tell('run_1');
  await nextTurn();
  expect(told).toEqual(['a', 'other']);
  expectNothingLeft();
});

it('nobody waits whose signal was aborted before', async () => {
  controller.abort();
  wait('a');
  await nextTurn();
  expect(told).toEqual(['a']);
  expectNothingLeft();
});

it('who waits anew because of news waits for the next ones', async () => {
  void news.wait('run_1', 200, controller.signal).then(() => { told.push('a'); wait('a again'); });
  news.tell('run_1');
  await nextTurn();
  expect(told).toEqual(['a']);
  news.tell('run_1');
  await nextTurn();
  expect(told).toEqual(['a', 'a again']);
  expectNothingLeft();
});
