import * as z from 'zod';
import type { ScriptedStep } from '../../../src/llm/simulator/scripted-step.js';
import { ToolHandler } from '../../../src/tools/tool-handler.js';
import { ToolRegistry } from '../../../src/tools/tool.registry.js';
import { RunningApplication } from '../../support/running-application.js';
import { SpanRecorder } from '../../support/span-recorder.js';

/** A word for each place where people, models or keys speak. None may be seen in a log or on a span. */
const SAYS = { question: 'CANARY-QUESTION', reply: 'CANARY-REPLY', result: 'CANARY-RESULT', system: 'CANARY-SYSTEM', header: 'CANARY-HEADER', key: 'CANARY-KEY-0123456789' };

class TellingTool extends ToolHandler {
  override async run(): Promise<string> {
    return SAYS.result;
  }
}

const spans = new SpanRecorder().install();
let service: RunningApplication;
beforeAll(async () => {
  service = await RunningApplication.start({ SYSTEM_PROMPT: SAYS.system, ANTHROPIC_API_KEY: SAYS.key, LOG_LEVEL: 'DEBUG' });
  service.app.get(ToolRegistry, { strict: false }).register({ name: 'tell', description: 'tells', input: z.object({}), criticality: 'critical', sideEffect: 'none' }, new TellingTool());
});
beforeEach(() => {
  service.log.clear();
  spans.clear();
});
afterAll(() => service.stop());

const reply = (stopReason: string): ScriptedStep => ({ kind: 'reply', content: [{ type: 'text', text: SAYS.reply }], stopReason });
const CASES: readonly (readonly [name: string, steps: readonly ScriptedStep[]])[] = [
  ['an answer', [{ kind: 'tools', calls: [{ name: 'tell', input: {} }], text: SAYS.reply }, reply('end_turn')]],
  ['a refusal', [reply('refusal')]],
  ['an answer that was cut short', [reply('max_tokens')]],
  ['a full context', [reply('model_context_window_exceeded')]],
  ['a tool call that was cut short', [{ kind: 'reply', content: [{ type: 'text', text: SAYS.reply }, { type: 'tool_use', name: 'tell', input: { a: SAYS.reply } }], stopReason: 'max_tokens' }]],
  ['a model error that repeats the question', [{ kind: 'error', status: 400, type: 'invalid_request_error', message: `messages.0: ${SAYS.question}` }]],
  ['a stream that breaks', [{ kind: 'cut', afterEvents: 4, content: [{ type: 'text', text: SAYS.reply }] }]],
];

describe.each([['JSON', 'application/json'], ['a stream', 'text/event-stream']])('asked for %s,', (_form, accept) => {
  it.each(CASES)('%s is told without a word of what was said', async (_name, steps) => {
    service.simulator.enqueue(...steps);
    await (await service.chat({ message: SAYS.question }, { accept, authorization: `Bearer ${SAYS.header}`, 'x-api-key': SAYS.header, cookie: SAYS.header })).text();
    expect(service.log.lines.length).toBeGreaterThan(3);
    const logged = service.log.lines.filter((line) => /CANARY/.test(JSON.stringify(line)));
    expect(logged).toEqual([]);
    const seen = spans.spans.filter(({ name, attributes, status, events }) => /CANARY/.test(JSON.stringify([name, attributes, status, events])));
    expect(seen.map(({ name, status }) => ({ name, status }))).toEqual([]);
  });
});

it('a question that is refused is not repeated', async () => {
  await service.chat({ message: SAYS.question, [SAYS.reply]: 1, conversation_id: `${SAYS.question}!` });
  await service.chat({ message: `${SAYS.question}\0` });
  expect(service.log.lines.filter((line) => /CANARY/.test(JSON.stringify(line)))).toEqual([]);
});

it('a second question does not tell the first', async () => {
  service.simulator.enqueue(reply('end_turn'), reply('end_turn'));
  const { conversation_id } = await (await service.chat({ message: SAYS.question })).json() as { readonly conversation_id: string };
  await service.chat({ message: 'And now?', conversation_id });
  expect(service.log.of('agent.request_completed')).toHaveLength(2);
  expect(service.log.lines.filter((line) => /CANARY/.test(JSON.stringify(line)))).toEqual([]);
});
