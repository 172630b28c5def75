import type { RunEvent } from '../../../../src/agent/run-event.js';
import type { RunResult } from '../../../../src/agent/run-result.js';
import { RunStream } from '../../../../src/http/runs/run-stream.js';
import type { Problem } from '../../../../src/http/problem.js';
import type { SseStream } from '../../../../src/http/sse-stream.js';
import { textReply } from '../../../support/fakes.js';

const IDS = { run_id: 'run_1', conversation_id: 'conv_1', correlation_id: 'corr_1' };
const result = { reply: 'Hi' } as RunResult;
const problem = { code: 'model_overloaded' } as Problem;

let sent: [string, object, number | undefined][];
let ended: number;
let stream: RunStream;

beforeEach(() => {
  [sent, ended] = [[], 0];
  const sse: Pick<SseStream, 'send' | 'end'> = { send: (event, data, id) => void sent.push([event, data, id]), end: () => void (ended += 1) };
  stream = new RunStream(sse as SseStream, IDS);
});

it.each<[RunEvent, string, object]>([
  [{ type: 'run.started' }, 'run.started', { version: 1, ...IDS }],
  [{ type: 'text.delta', text: 'Hel' }, 'text.delta', { text: 'Hel' }],
  [{ type: 'tool.started', call: { type: 'tool_use', id: 'toolu_1', name: 'calculator', input: { expression: '1' } } }, 'tool.started', { id: 'toolu_1', name: 'calculator' }],
  [{ type: 'tool.completed', outcome: { toolUseId: 'toolu_1', toolName: 'calculator', content: '1' } }, 'tool.completed', { id: 'toolu_1', name: 'calculator', status: 'success', error_type: null }],
  [{ type: 'tool.completed', outcome: { toolUseId: 'toolu_1', toolName: 'calculator', content: 'no', errorType: 'timeout' } }, 'tool.completed', { id: 'toolu_1', name: 'calculator', status: 'error', error_type: 'timeout' }],
  [{ type: 'run.degraded', component: 'web_search' }, 'degraded', { component: 'web_search' }],
  [{ type: 'reply.restarted', attempt: 2 }, 'restart', { attempt: 2 }],
  [{ type: 'run.resumed', attempt: 3 }, 'restart', { attempt: 3 }],
])('%j is shown with its number, without what a tool was given or gave', (event, name, data) => {
  stream.happened(event, 1_000_007);
  expect(sent).toEqual([[name, data, 1_000_007]]);
});

it.each<RunEvent>([
  { type: 'iteration.started', iteration: 1, withdrawn: [] }, { type: 'iteration.completed', iteration: 1 }, { type: 'reply.received', reply: textReply('Hi') }, { type: 'run.handed_back' }, { type: 'run.ended' },
])('nothing is shown of $type', (event) => {
  stream.happened(event, 1_000_007);
  expect(sent).toEqual([]);
});

it.each([['run.completed', result], ['error', problem]] as const)('%s has the number of the last event, and is the last one', (name, data) => {
  stream.happened({ type: 'text.delta', text: 'Hi' }, 1_000_001);
  stream.happened({ type: 'run.ended' }, 1_000_003);
  if (name === 'error') stream.failed(problem);
  else stream.completed(result);
  expect(sent.at(-1)).toEqual([name, data, 1_000_003]);
  expect(ended).toBe(1);
});

it.each(['run.completed', 'error'])('%s has its own number when it is told from the record', (name) => {
  stream.happened({ type: 'text.delta', text: 'Hi' }, 1_000_001);
  if (name === 'error') stream.failed(problem, 1_000_009);
  else stream.completed(result, 1_000_009);
  expect(sent.at(-1)?.[2]).toBe(1_000_009);
});

it('a run that fails before anything happened is told without a number', () => {
  stream.failed(problem);
  expect([sent, ended]).toEqual([[['error', problem, undefined]], 1]);
});
