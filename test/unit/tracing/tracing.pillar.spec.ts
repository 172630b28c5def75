import { context, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { TraceService } from 'nestjs-otel';
import { Failure } from '../../../src/kernel/failure.js';
import { Observation, type Scope } from '../../../src/kernel/observer.js';
import type { Begin, OperationName } from '../../../src/kernel/operations.js';
import { Settings } from '../../../src/settings/settings.js';
import { TraceExport } from '../../../src/tracing/trace-export.js';
import { TracingPillar } from '../../../src/tracing/tracing.pillar.js';
import { SpanRecorder } from '../../support/span-recorder.js';

const spans = new SpanRecorder().install();
beforeEach(() => spans.clear());

const TOOL = { tool_name: 'calculator', tool_use_id: 'toolu_1', tool_input: { expression: 'CANARY' } };
const CALL = { provider: 'anthropic', model: 'm', max_tokens: 1, temperature: undefined, messages_count: 1, stream: true, attempt: 2, server_address: 'a', server_port: 1, input_messages: [] };

function pillarWith(environment: Readonly<Record<string, string>> = {}): TracingPillar {
  return new TracingPillar(new TraceService(), Settings.from(environment).tracing, new TraceExport(true));
}

function run<O extends OperationName>(pillar: TracingPillar, operation: O, begin: Begin<O>, failure?: { readonly error: unknown }): Observation {
  const observation: Observation = new Observation(operation, begin);
  const scope: Scope = pillar.begin(observation);
  observation.settle(failure);
  scope.end(observation);
  return observation;
}

describe('the name of a span', () => {
  it.each([
    ['seed', 'tool.calculator', 'llm.call', 'POST /chat'], ['semconv', 'execute_tool calculator', 'chat m', 'POST /chat'],
  ])('is %s by choice', (names, tool, call, request) => {
    const pillar = pillarWith({ TRACE_SPAN_NAMES: names });
    run(pillar, 'tool.call', TOOL);
    run(pillar, 'llm.call', CALL);
    run(pillar, 'http.request', { method: 'POST', route: '/chat' });
    expect(spans.spans.map(({ name }) => name)).toEqual([tool, call, request]);
  });

  it('does not break on an attribute that is missing', () => {
    run(pillarWith(), 'tool.call', {} as typeof TOOL);
    expect(spans.spans.map(({ name }) => name)).toEqual(['tool.unknown']);
  });
});

describe('a span', () => {
  it.each([['http.request', SpanKind.SERVER], ['llm.call', SpanKind.CLIENT], ['tool.call', SpanKind.INTERNAL], ['tools.execute', SpanKind.INTERNAL]] as const)('of %s has its kind', (operation, kind) => {
    run(pillarWith(), operation, {} as Begin<typeof operation>);
    expect(spans.spans[0]?.kind).toBe(kind);
  });

  it('leaves success unset, as the conventions ask', () => {
    run(pillarWith(), 'tool.call', TOOL);
    expect(spans.spans[0]?.status.code).toBe(SpanStatusCode.UNSET);
    expect(spans.spans[0]?.attributes.status).toBe('success');
  });

  it('says why it failed, once, and records no second copy as an exception', () => {
    run(pillarWith(), 'tool.call', TOOL, { error: new Failure('late', { errorType: 'timeout', publicMessage: 'Too late.' }) });
    const [span] = spans.spans;
    expect(span?.status).toEqual({ code: SpanStatusCode.ERROR, message: 'late: Too late.' });
    expect(span?.attributes).toMatchObject({ 'error.type': 'timeout', error_type: 'timeout', status: 'timeout' });
    expect(span?.events.map(({ name, attributes }) => [name, attributes])).toEqual([['tool.started', undefined], ['tool.failed', { 'error.type': 'timeout' }]]);
  });

  it('of work that was cancelled is nobody\'s error', () => {
    run(pillarWith(), 'llm.call', CALL, { error: AbortSignal.abort().reason as unknown });
    expect(spans.spans[0]?.status.code).toBe(SpanStatusCode.UNSET);
    expect(spans.spans[0]?.attributes).toMatchObject({ status: 'cancelled', 'error.type': 'aborted' });
  });

  it('is told to the observation, so that the answer can name it', () => {
    expect(run(pillarWith(), 'tool.call', TOOL).traceId).toBe(spans.spans[0]?.spanContext().traceId);
  });

  it('holds content only when it is asked for', () => {
    run(pillarWith(), 'tool.call', TOOL);
    expect(JSON.stringify(spans.spans.map(({ attributes }) => attributes))).not.toContain('CANARY');
    spans.clear();
    for (const value of ['true', 'span_only', 'SPAN_AND_EVENT']) run(pillarWith({ OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT: value }), 'tool.call', TOOL);
    expect(spans.spans.map(({ attributes }) => attributes['gen_ai.tool.call.arguments'])).toEqual(Array(3).fill('{"expression":"CANARY"}'));
  });

  it.each(['false', 'NO_CONTENT', 'EVENT_ONLY'])('holds none with %s', (value) => {
    run(pillarWith({ OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT: value }), 'tool.call', TOOL);
    expect(JSON.stringify(spans.spans.map(({ attributes }) => attributes))).not.toContain('CANARY');
  });
});

it('opens no span when nobody records them, and names no trace', () => {
  const idle = new TracingPillar(new TraceService(), Settings.from({}).tracing, new TraceExport());
  expect(run(idle, 'tool.call', TOOL).traceId).toBeUndefined();
  expect(spans.spans).toEqual([]);
});

describe('a fact', () => {
  it('is an event on the span that is active', async () => {
    const pillar = pillarWith();
    const observation: Observation = new Observation('tools.execute', { tool_count: 1, parallel: false });
    const scope = pillar.begin(observation);
    await scope.within?.(async () => pillar.note('breaker.changed', { name: 'llm:m', from: 'closed', to: 'open', open: 1 }));
    scope.end(observation);
    expect(spans.spans[0]?.events.map(({ name, attributes }) => [name, attributes])).toEqual([
      ['circuit_breaker.state_changed', { name: 'llm:m', from: 'closed', to: 'open', open: 1 }], ['tools.executed', undefined],
    ]);
  });

  it('outside of any span is harmless', () => {
    expect(() => context.with(ROOT_CONTEXT, () => pillarWith().note('breaker.changed', { name: 'x' }))).not.toThrow();
  });

  it('that has no event leaves the span alone', () => {
    const pillar = pillarWith();
    const span = trace.getTracer('test').startSpan('x');
    context.with(trace.setSpan(context.active(), span), () => pillar.note('runs.limited', { limit: 1 }));
    span.end();
    expect(spans.named('x').events).toEqual([]);
  });
});
