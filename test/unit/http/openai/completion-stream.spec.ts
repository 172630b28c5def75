import { jest } from '@jest/globals';
import type { RunEvent } from '../../../../src/agent/run-event.js';
import { CompletionStream } from '../../../../src/http/openai/completion-stream.js';
import type { SseStream } from '../../../../src/http/sse-stream.js';

const OPENING_MILLISECONDS = 15_000;
const started: RunEvent = { type: 'iteration.started', iteration: 1, withdrawn: [] };

let sent: object[];
let opened: number;
let stream: CompletionStream;

beforeEach(() => {
  jest.useFakeTimers();
  [sent, opened] = [[], 0];
  const sse = { get isOpen() { return sent.length > 0; }, sendData: (data: object) => sent.push(data), send: (event: string) => sent.push({ event }), end: () => undefined };
  stream = new CompletionStream(sse as unknown as SseStream, { id: 'chatcmpl-1', created: 1 }, { includeUsage: false, toolProgress: false, onOpen: () => { opened += 1; } });
});
afterEach(() => {
  stream.close();
  jest.useRealTimers();
});

it('sends nothing while the model has said nothing, so that a failure can still be a status', () => {
  stream.happened(started);
  jest.advanceTimersByTime(OPENING_MILLISECONDS - 1);
  expect([sent, opened]).toEqual([[], 0]);
});

it.each<[string, () => void]>([
  ['15 s of silence', () => jest.advanceTimersByTime(OPENING_MILLISECONDS)],
  ['the first text', () => stream.happened({ type: 'text.delta', text: 'Hi' })],
  ['the first tool call', () => stream.happened({ type: 'tool.started', call: { type: 'tool_use', id: 'toolu_1', name: 'calculator', input: {} } })],
])('begins with %s, once', (_what, act) => {
  stream.happened(started);
  act();
  expect(sent[0]).toMatchObject({ choices: [{ delta: { role: 'assistant' } }] });
  jest.advanceTimersByTime(10 * OPENING_MILLISECONDS);
  stream.happened({ type: 'text.delta', text: 'Hi' });
  expect(opened).toBe(1);
  expect(sent.filter((chunk) => JSON.stringify(chunk).includes('"role"'))).toHaveLength(1);
});

it('keeps no timer once it is closed', () => {
  stream.close();
  jest.advanceTimersByTime(10 * OPENING_MILLISECONDS);
  expect([sent, jest.getTimerCount()]).toEqual([[], 0]);
});
