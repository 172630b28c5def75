import { SpanKind } from '@opentelemetry/api';
import type { RunResult } from '../../src/agent/run-result.js';
import { RunningApplication } from '../support/running-application.js';
import { SpanRecorder } from '../support/span-recorder.js';

/** The example of the seed: one question, and what each of the three pillars then shows of it. */
const QUESTION = 'What is 15 multiplied by 23?';
const CORRELATION_ID = 'a1b2c3d4-e5f6-7890-abcd-ef1234567890';
const MODEL = 'claude-sonnet-5-5';

const spans = new SpanRecorder().install();
let service: RunningApplication;
let answer: RunResult;
let headers: Headers;
let metrics: string;

beforeAll(async () => {
  service = await RunningApplication.start();
  const response = await service.chat({ message: QUESTION }, { 'x-correlation-id': CORRELATION_ID, accept: 'text/event-stream' });
  headers = response.headers;
  answer = lastEvent(await response.text());
  metrics = await service.metrics();
});
afterAll(() => service.stop());

it('answers the question', () => {
  expect(answer).toMatchObject({
    reply: '15 multiplied by 23 equals 345.', outcome: 'success', stop_reason: 'end_turn', iterations: 2,
    model: MODEL, simulated: false, tool_calls: [{ name: 'calculator', status: 'success' }],
  });
});

describe('logs', () => {
  it('agent.request_received says who asks and how much', () => {
    expect(service.log.of('agent.request_received')).toEqual([expect.objectContaining({
      correlation_id: CORRELATION_ID, user_id: 'unknown', input_length: 28, level: 'info', timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]{12}Z$/),
    })]);
  });

  it('llm.call_completed says what the model used and why it stopped', () => {
    const [first, second] = service.log.of('llm.call_completed');
    expect(first).toMatchObject({ correlation_id: CORRELATION_ID, stop_reason: 'tool_use', level: 'info', model: MODEL });
    expect(second).toMatchObject({ correlation_id: CORRELATION_ID, stop_reason: 'end_turn' });
    expect(Number(first?.input_tokens)).toBeGreaterThan(0);
    expect(Number(first?.output_tokens)).toBeGreaterThan(0);
    expect(Number(first?.cost_usd)).toBeGreaterThan(0);
  });

  it('tool.executing says which tool and with what', () => {
    expect(service.log.of('tool.executing')).toEqual([expect.objectContaining({
      correlation_id: CORRELATION_ID, tool_name: 'calculator', tool_input: { expression: '15 * 23' }, level: 'info',
    })]);
  });

  it('carry one correlation id and one trace id on every line of the request', () => {
    const lines = service.log.lines.filter((line) => String(line.event).match(/^(agent|llm|tool|http)\.(?!initialized)/));
    expect(lines.length).toBeGreaterThanOrEqual(8);
    expect(new Set(lines.map((line) => line.correlation_id))).toEqual(new Set([CORRELATION_ID]));
    expect(new Set(lines.map((line) => line.trace_id))).toEqual(new Set([answer.trace_id]));
    expect(new Set(lines.map((line) => line.span_id)).size).toBeGreaterThanOrEqual(4);
  });

  it('carry what every line must: level, service, version, environment, instance', () => {
    for (const line of service.log.lines) {
      expect(line).toMatchObject({ level: expect.stringMatching(/^(debug|info)$/), service: 'task-automation-agent', version: '0.1.0', environment: 'test', message: expect.any(String) });
      expect(line.instance).toEqual(expect.any(String));
    }
  });
});

describe('metrics', () => {
  it.each([
    ['agent_requests_total', { status: 'success', user_id: 'unknown' }, 1],
    ['agent_request_duration_seconds_bucket', { status: 'success', le: '120' }, 1],
    ['agent_request_duration_seconds_count', { status: 'success' }, 1],
    ['agent_requests_active', {}, 0],
    ['llm_requests_total', { model: MODEL, status: 'success' }, 2],
    ['llm_request_duration_seconds_count', { model: MODEL, status: 'success' }, 2],
    ['tool_calls_total', { tool_name: 'calculator', status: 'success' }, 1],
    ['tool_duration_seconds_count', { tool_name: 'calculator', status: 'success' }, 1],
    ['llm_time_to_first_token_seconds_count', { model: MODEL }, 1],
    ['agent_iterations_sum', {}, 2],
  ] as const)('%s %j is %d', async (name, labels, value) => {
    expect(await service.metric(name, labels)).toBe(value);
  });

  it('agree with the answer about tokens and cost', async () => {
    expect(await service.metric('llm_tokens_total', { model: MODEL, token_type: 'input' })).toBe(answer.usage.input_tokens);
    expect(await service.metric('llm_tokens_total', { model: MODEL, token_type: 'output' })).toBe(answer.usage.output_tokens);
    expect(await service.metric('llm_cost_usd_total', { model: MODEL })).toBeCloseTo(answer.cost_usd ?? NaN, 12);
  });

  it('never carry an id', () => {
    for (const id of [CORRELATION_ID, answer.run_id, answer.conversation_id, String(answer.trace_id)]) expect(metrics).not.toContain(id);
  });

  it('link a bucket to this trace when OpenMetrics is asked for', async () => {
    const response = await fetch(`${service.url}/metrics`, { headers: { accept: 'application/openmetrics-text; version=1.0.0' } });
    expect(response.headers.get('content-type')).toMatch(/^application\/openmetrics-text/);
    const text = await response.text();
    expect(text).toMatch(new RegExp(`agent_request_duration_seconds_bucket\\{[^}]*status="success"[^}]*\\} 1 # \\{trace_id="${answer.trace_id}"\\}`));
    expect(text.trimEnd().endsWith('# EOF')).toBe(true);
    expect(await service.metrics()).toContain('agent_requests_total{status="success"'); // the text form is unharmed by it
  });
});

describe('traces', () => {
  it('show where the time went, in the seed\'s tree', () => {
    const tree = (name: string): unknown => spans.childrenOf(spans.named(name)).map((span) => span.name);
    expect(tree('POST /chat')).toEqual(['agent.process']);
    expect(tree('agent.process')).toEqual(['agent.loop']);
    expect(tree('agent.loop')).toEqual(['llm.call', 'tools.execute', 'llm.call']);
    expect(tree('tools.execute')).toEqual(['tool.calculator']);
    expect(new Set(spans.spans.map((span) => span.spanContext().traceId))).toEqual(new Set([answer.trace_id]));
  });

  it('carry the seed\'s attributes and those of the GenAI conventions', () => {
    expect(spans.named('agent.process').attributes).toMatchObject({
      correlation_id: CORRELATION_ID, input_length: 28, status: 'success', iterations: 2,
      'gen_ai.operation.name': 'invoke_agent', 'gen_ai.agent.name': 'task-automation-agent', 'gen_ai.conversation.id': answer.conversation_id,
    });
    const call = spans.named('llm.call');
    expect(call.kind).toBe(SpanKind.CLIENT);
    expect(call.attributes).toMatchObject({
      model: MODEL, stop_reason: 'tool_use', 'gen_ai.operation.name': 'chat', 'gen_ai.provider.name': 'anthropic', 'gen_ai.request.model': MODEL,
      'gen_ai.response.finish_reasons': ['tool_call'], 'gen_ai.request.stream': true, 'retry.attempt': 1, 'server.address': '127.0.0.1',
    });
    expect(call.attributes['gen_ai.usage.input_tokens']).toBe(Number(call.attributes.input_tokens) + Number(call.attributes.cache_read_tokens) + Number(call.attributes.cache_write_tokens));
    expect(spans.named('tool.calculator').attributes).toMatchObject({
      tool_name: 'calculator', result_length: 3, 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': 'calculator', 'gen_ai.tool.type': 'function',
    });
  });

  it('carry the seed\'s events, and leave a good status unset', () => {
    const events = (name: string) => spans.named(name).events.map((event) => event.name);
    expect(events('agent.loop')).toEqual(['iteration.started', 'iteration.completed', 'iteration.started']);
    expect(events('llm.call')).toEqual(['llm.request_sent', 'llm.response_received']);
    expect(events('tool.calculator')).toEqual(['tool.started', 'tool.completed']);
    for (const span of spans.spans) expect(span.status.code).toBe(0);
  });

  it('hold no content unless somebody asks for it', () => {
    const everything = JSON.stringify(spans.spans.map((span) => span.attributes));
    expect(everything).not.toContain('multiplied');
    expect(everything).not.toContain('15 * 23');
  });
});

it('names the request in the headers of the answer', () => {
  expect(headers.get('x-correlation-id')).toBe(CORRELATION_ID);
  expect(headers.get('x-trace-id')).toBe(answer.trace_id);
});

function lastEvent(stream: string): RunResult {
  return JSON.parse(stream.trimEnd().split('\n').at(-1)?.slice('data: '.length) ?? '') as RunResult;
}
