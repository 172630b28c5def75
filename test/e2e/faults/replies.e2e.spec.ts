import type { ScriptedStep } from '../../../src/llm/simulator/scripted-step.js';
import type { FaultRow, World } from '../../support/faults/fault-row.js';
import { faultTable } from '../../support/faults/fault-table.js';

const MODEL = 'claude-sonnet-5-5';
const FALLBACK = { FALLBACK_MODELS: 'claude-haiku-5-5' };
const FAILED = ['agent.llm_call_failed', 'agent.request_failed'];
const OK = 'agent_requests_total{status="success"}';
const failedWith = (errorType: string): string => `agent_errors_total{error_type="${errorType}"}`;
const stopped = (reason: string): string => `llm_stop_reasons_total{stop_reason="${reason}"}`;
const toolFailed = (tool: string, errorType: string): string => `tool_errors_total{tool_name="${tool}",error_type="${errorType}"}`;
const STORY = [{ type: 'text', text: 'Once upon a time there was an otter who counted every fish in the river.' }] as const;

/** What the model was last asked. */
function lastRequest({ service }: World): { readonly max_tokens: number; readonly model: string; readonly messages: readonly { readonly content: unknown }[] } {
  return service.simulator.requests.at(-1)?.body as ReturnType<typeof lastRequest>;
}

const wrongCall = (letter: string, fault: string, word: string, [tool, errorType]: readonly [string, string], named: RegExp): FaultRow => ({
  id: `L23${letter}`, fault, steps: word, client: '200 success', requests: 2, metrics: [OK, toolFailed(tool, errorType)], events: ['tool.execution_failed'],
  check: (world) => {
    const [result] = lastRequest(world).messages.at(-1)?.content as { is_error: boolean; content: string }[];
    expect(result).toMatchObject({ is_error: true, content: expect.stringMatching(named) });
    expect(result?.content.length).toBeLessThanOrEqual(500);
  },
});

faultTable('The reply is no answer', [
  wrongCall('a', 'a tool that does not exist', 'unknown_tool', ['unknown', 'not_found'], /no_such_tool/),
  wrongCall('b', 'an input that is not valid', 'bad_input', ['calculator', 'validation'], /calculator.*expression/),
  wrongCall('c', 'an input with a field that the tool does not have', 'extra_input', ['calculator', 'validation'], /calculator.*unexpected/),
  wrongCall('d', 'an input that is not JSON', 'bad_tool_json', ['calculator', 'validation'], /calculator/),
  {
    id: 'L23e', fault: 'three wrong calls in a row', steps: 'unknown_tool, bad_input, bad_tool_json', client: '200 tool_loop', requests: 3,
    metrics: ['agent_runaway_total', failedWith('tool_loop')], events: ['agent.request_failed', 'agent.runaway_stopped', 'tool.execution_failed'],
  },
  {
    id: 'L23f', fault: 'the same call with the same result, again and again', steps: 'tool*4', client: '200 tool_loop', requests: 3,
    metrics: ['agent_runaway_total', failedWith('tool_loop')], events: ['agent.request_failed', 'agent.runaway_stopped'],
  },
  {
    id: 'L24a', fault: '`max_tokens` in the middle of a tool call: asked again with twice the tokens', steps: 'max_tokens_tool', client: '200 success', requests: 2,
    metrics: ['llm_replies_discarded_total{why="cut_tool_call"}'], events: ['llm.asked_again'], check: (world) => expect(lastRequest(world).max_tokens).toBe(8_192),
  },
  {
    id: 'L24b', fault: 'the same twice: no tool is run', steps: [{ kind: 'reply', stopReason: 'max_tokens', content: [{ type: 'text', text: 'I will' }, { type: 'tool_use', name: 'calculator', input: {}, rawInput: '{"expr' }] },
      { kind: 'reply', stopReason: 'max_tokens', content: [{ type: 'text', text: 'I will' }, { type: 'tool_use', name: 'calculator', input: {}, rawInput: '{"expr' }] }],
    client: '200 truncated', requests: 2, metrics: [failedWith('truncated')], events: ['agent.request_failed', 'llm.asked_again'],
    check: (_world, { body }) => expect(body).toMatchObject({ truncated: true, tool_calls: [], reply: 'I will' }),
  },
  {
    id: 'L25a', fault: '`max_tokens` in the middle of the text', steps: 'max_tokens', client: '200 truncated', requests: 1, metrics: [failedWith('truncated'), stopped('max_tokens')],
    events: ['agent.request_failed'], check: (_world, { body }) => expect(body).toMatchObject({ truncated: true, stop_reason: 'max_tokens', reply: expect.stringMatching(/./) }),
  },
  { id: 'L25b', fault: '`max_tokens` before any text, twice', steps: 'max_tokens_empty*2', client: '502 llm_empty_reply', requests: 2, metrics: [failedWith('bad_response')], events: ['agent.request_failed', 'llm.asked_again'] },
  { id: 'L25c', fault: 'the context window is full', steps: 'context_exceeded', client: '200 truncated', requests: 1, metrics: [failedWith('truncated'), stopped('model_context_window_exceeded')], events: ['agent.request_failed'] },
  {
    id: 'L26a', fault: 'a pause: gone on with', steps: 'pause_turn, ok', client: '200 success', requests: 2, metrics: [OK, stopped('pause_turn')],
    check: (_world, { text, body }) => {
      expect(text).toMatch(/^This takes longer; I will go on\../);
      expect(body.usage).toMatchObject({ llm_calls: 2 });
    },
  },
  { id: 'L26b', fault: 'pauses without end: five times', steps: 'pause_turn*9', client: '200 truncated', requests: 6, metrics: [failedWith('truncated')], events: ['agent.request_failed'] },
  ...([['a', 'refusal'], ['b', 'refusal_partial'], ['c', 'refusal_tool']] as const).map(([letter, word]): FaultRow => ({
    id: `L27${letter}`, fault: `a ${word.replace('_', ' with ')}: nothing is run, and it does not stay in the conversation`, steps: word, client: '200 refusal', requests: 1,
    metrics: [failedWith('refusal'), stopped('refusal')], events: ['agent.request_failed'], check: (_world, { body }) => expect(body.tool_calls).toEqual([]),
  })),
  {
    id: 'L28a', fault: '`end_turn` with a tool call: not run', steps: [{ kind: 'reply', stopReason: 'end_turn', content: [{ type: 'text', text: 'Done.' }, { type: 'tool_use', name: 'calculator', input: { expression: '1' } }] }],
    client: '200 success', requests: 1, metrics: [OK], check: (_world, { body }) => expect(body.tool_calls).toEqual([]),
  },
  { id: 'L28b', fault: 'a stop reason that nobody knows', steps: 'unknown_stop', client: '200 truncated', requests: 1, metrics: [failedWith('truncated'), stopped('other')], events: ['agent.request_failed'] },
  { id: 'L28c', fault: 'two calls with one id: asked again', steps: 'dup_ids', client: '200 success', requests: 2, metrics: ['agent_retries_total{reason="bad_response"}'], events: ['agent.llm_call_failed', 'llm.retry_scheduled'] },
  { id: 'L28d', fault: 'nothing but blanks: asked again', steps: 'whitespace', client: '200 success', requests: 2, metrics: ['llm_replies_discarded_total{why="empty"}'], events: ['llm.asked_again'] },
  { id: 'L28e', fault: 'an empty reply: asked again', steps: 'empty_content', client: '200 success', requests: 2, metrics: ['llm_replies_discarded_total{why="empty"}'], events: ['llm.asked_again'] },
  { id: 'L28f', fault: 'an empty reply, twice', steps: 'empty_content*2', client: '502 llm_empty_reply', requests: 2, metrics: [failedWith('bad_response')], events: ['agent.request_failed', 'llm.asked_again'] },
  {
    id: 'L29', fault: 'tool calls without end: ten steps', steps: Array.from({ length: 12 }, (_none, step): ScriptedStep => ({ kind: 'tools', calls: [{ name: 'calculator', input: { expression: `${step} + 1` } }] })),
    client: '200 max_iterations', requests: 10, metrics: ['agent_max_iterations_total', failedWith('max_iterations')], events: ['agent.max_iterations_reached', 'agent.request_failed'],
  },
]);

const fallback = `agent_fallbacks_total{from_model="${MODEL}",to_model="claude-haiku-5-5"}`;
const STOOD_IN = `success, degraded: llm:${MODEL}`;

faultTable('Another model, a shorter conversation', [
  {
    id: 'L30a', fault: 'the model does not exist, a fallback is configured', steps: '404', environment: FALLBACK, client: `200 ${STOOD_IN}`, requests: 2,
    metrics: [fallback, `agent_degraded_total{component="llm:${MODEL}"}`], events: ['agent.degraded', 'agent.llm_call_failed', 'llm.fallback'],
    check: (world, { body, headers }) => {
      expect([lastRequest(world).model, body.model, headers.get('x-degraded')]).toEqual(['claude-haiku-5-5', 'claude-haiku-5-5', `llm:${MODEL}`]);
    },
  },
  {
    id: 'L30b', fault: 'the model stays overloaded, a fallback is configured', steps: '529*3', environment: FALLBACK, stream: true, client: `event run.completed: ${STOOD_IN}`, requests: 4,
    metrics: [fallback], events: ['agent.degraded', 'agent.llm_call_failed', 'llm.fallback', 'llm.retry_scheduled'],
    check: (_world, { events }) => expect(events.filter(({ event }) => event === 'degraded')).toEqual([{ event: 'degraded', data: { component: `llm:${MODEL}` } }]),
  },
  {
    id: 'L30c', fault: 'the stream breaks after text was sent: no other model goes on with it', steps: [{ kind: 'cut', how: 'fin', afterEvents: 6, content: STORY }], environment: FALLBACK,
    stream: true, simulator: { tokensPerSecond: 100 }, client: 'event error: stream_interrupted (partial)', requests: 1, metrics: [failedWith('bad_response')], events: FAILED,
  },
  {
    id: 'L30d', fault: 'a bad request would be bad for every model', steps: '400', environment: FALLBACK, client: '500 llm_bad_request', requests: 1, metrics: [failedWith('invalid_request_error')],
    events: [...FAILED, 'agent.history_quarantined'],
  },
  {
    id: 'L31a', fault: 'the conversation is too long: shortened by rule, once', client: '200 success',
    act: async ({ service, ask }) => {
      for (const message of ['One', 'Two', 'Three', 'Four']) await ask(message);
      service.simulator.enqueueSteps('too_long, ok');
      return ask();
    },
    metrics: ['history_trimmed_total'], events: ['agent.history_trimmed', 'agent.llm_call_failed'],
    check: (world) => expect(lastRequest(world).messages.map(({ content }) => content).filter((content) => typeof content === 'string')).toEqual(['Hello', 'Three', 'Four', 'Hello']),
  },
  {
    id: 'L31b', fault: 'it is too long also when shortened: no storm of requests', client: '413 context_too_long',
    act: async ({ service, ask }) => {
      for (const message of ['One', 'Two', 'Three', 'Four']) await ask(message);
      service.simulator.enqueueSteps('too_long*5');
      return ask();
    },
    requests: 6, metrics: ['history_trimmed_total', failedWith('request_too_large')], events: [...FAILED, 'agent.history_trimmed'],
  },
]);
