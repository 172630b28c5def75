import { RunTally } from '../../../src/agent/run-tally.js';
import type { ErrorType } from '../../../src/kernel/failure.js';
import type { Reply } from '../../../src/kernel/transcript.js';
import { textReply } from '../../support/fakes.js';

const started = (id: string, name = 'calculator') => ({ type: 'tool.started', call: { type: 'tool_use', id, name, input: {} } }) as const;
const completed = (toolUseId: string, extra: { errorType?: ErrorType; degraded?: true } = {}, toolName = 'calculator') =>
  ({ type: 'tool.completed', outcome: { toolUseId, toolName, content: '', ...extra } }) as const;
const received = (reply: Reply) => ({ type: 'reply.received', reply }) as const;
const begins = (...withdrawn: string[]) => ({ type: 'iteration.started', iteration: 1, withdrawn }) as const;
const answeredBy = (to: string): Reply => ({ ...textReply('x'), fallback: { from: 'model-1', to } });
const withoutPrice = (): Reply => {
  const { cost: _cost, ...reply } = textReply('x');
  return reply;
};

it('has used nothing at the beginning', () => {
  const { usage, cost, priced, llmCalls, model, degraded, toolCalls } = new RunTally();
  expect({ usage, cost, priced, llmCalls, model, degraded: [...degraded], toolCalls }).toEqual({
    usage: { input_tokens: 0, output_tokens: 0, cache_read_tokens: 0, cache_write_tokens: 0 }, cost: 0, priced: true, llmCalls: 0, model: undefined, degraded: [], toolCalls: [],
  });
});

it('adds up the replies, and those that came before them', () => {
  const tally = new RunTally();
  tally.add(received(textReply('a')));
  tally.add(received({ ...textReply('b'), earlier: [textReply(''), textReply('')] }));
  expect(tally).toMatchObject({ llmCalls: 4, cost: 4_000, priced: true, usage: { input_tokens: 40, output_tokens: 20 } });
});

it('knows that its cost is a lower bound once any reply had no price', () => {
  const tally = new RunTally();
  tally.add(received({ ...textReply('b'), earlier: [withoutPrice()] }));
  tally.add(received(textReply('c')));
  expect(tally).toMatchObject({ cost: 2_000, priced: false, llmCalls: 3 });
});

it('names the model that stood in for the last reply, and tells once that one did', () => {
  const tally = new RunTally();
  expect(tally.add(received(answeredBy('model-2')))).toEqual(['llm:model-1']);
  expect(tally.add(received(answeredBy('model-3')))).toEqual([]);
  expect(tally.model).toBe('model-3');
  expect(tally.add(received(textReply('x')))).toEqual([]);
  expect(tally.model).toBeUndefined();
  expect([...tally.degraded]).toEqual(['llm:model-1']);
});

it('tells of each missing tool once, however it shows', () => {
  const tally = new RunTally();
  expect(tally.add(begins('search', 'weather'))).toEqual(['search', 'weather']);
  expect(tally.add(begins('search', 'notes'))).toEqual(['notes']);
  expect(tally.add(completed('t1', { errorType: 'circuit_open', degraded: true }, 'search'))).toEqual([]);
  expect(tally.add(completed('t2', { errorType: 'timeout', degraded: true }, 'maps'))).toEqual(['maps']);
  expect(tally.add(completed('t3', { errorType: 'execution' }, 'calculator'))).toEqual([]);
  expect([...tally.degraded]).toEqual(['search', 'weather', 'notes', 'maps']);
});

it('lists the tool calls that have ended in the order in which they were made', () => {
  const tally = new RunTally();
  for (const id of ['t1', 't2', 't3']) expect(tally.add(started(id))).toEqual([]);
  tally.add(completed('t3'));
  tally.add(completed('t1', { errorType: 'validation' }));
  expect(tally.toolCalls).toEqual([
    { id: 't1', name: 'calculator', status: 'error', error_type: 'validation' }, { id: 't3', name: 'calculator', status: 'success' },
  ]);
});

it('learns nothing from what only passes by', () => {
  const tally = new RunTally();
  expect(tally.add({ type: 'text.delta', text: 'x' })).toEqual([]);
  expect(tally.add({ type: 'reply.restarted', attempt: 2 })).toEqual([]);
  expect(tally.llmCalls).toBe(0);
});
