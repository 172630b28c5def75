import { context, trace, TraceFlags } from '@opentelemetry/api';
import { Registry } from 'prom-client';
import { Observation } from '../../../src/kernel/observer.js';
import { Failure } from '../../../src/kernel/failure.js';
import { MeterBoard } from '../../../src/metrics/meter-board.js';
import { MetricsPillar } from '../../../src/metrics/metrics.pillar.js';
import { Settings } from '../../../src/settings/settings.js';
import { parseExposition, seriesKey, type Series } from '../../support/exposition.js';
import { SpanRecorder } from '../../support/span-recorder.js';

new SpanRecorder().install(); // for its context manager: an active span needs one
const TRACE = '0af7651916cd43dd8448eb211c80319c';
let registry: Registry;
let pillar: MetricsPillar;

beforeEach(() => {
  registry = new Registry();
  (registry as unknown as Registry<typeof Registry.OPENMETRICS_CONTENT_TYPE>).setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
  const settings = Settings.from({ ENVIRONMENT: 'test' }, '1.2.3');
  pillar = new MetricsPillar(new MeterBoard(registry, settings.metrics), settings.service);
});

async function scraped(): Promise<Series> {
  return parseExposition((await registry.metrics()).replace(/ # \{.*$/gm, ''));
}

function toolCall(): Observation {
  return new Observation('tool.call', { tool_name: 'calculator', tool_use_id: 'toolu_1', tool_input: {} });
}

it('says what is running', async () => {
  expect((await scraped()).get(seriesKey('app_info', { name: 'task-automation-agent', version: '1.2.3', environment: 'test', node_version: process.version }))).toBe(1);
});

it('records the duration and status that the observation has, and no other', async () => {
  const observation = toolCall();
  const scope = pillar.begin(observation);
  observation.settle({ error: new Failure('x', { errorType: 'timeout', publicMessage: 'late' }) });
  scope.end(observation);
  const series = await scraped();
  expect(series.get('tool_calls_total{status="timeout",tool_name="calculator"}')).toBe(1);
  expect(series.get('tool_duration_seconds_sum{status="timeout",tool_name="calculator"}')).toBe(observation.durationSeconds);
  expect(series.get('agent_timeouts_total{operation="tool"}')).toBe(1);
});

it('does not count a cancelled call among the errors', async () => {
  const observation = toolCall();
  const scope = pillar.begin(observation);
  observation.settle({ error: AbortSignal.abort().reason as unknown });
  scope.end(observation);
  expect([...await scraped()].filter(([key, value]) => key.startsWith('tool_errors_total') && value > 0)).toEqual([]);
});

it('counts tokens of a call that learned them, and none of a call that failed', async () => {
  const begin = { provider: 'p', model: 'm', max_tokens: 1, temperature: undefined, messages_count: 1, stream: false, attempt: 1, server_address: 'a', server_port: 1, input_messages: [] };
  const good = new Observation('llm.call', begin);
  good.learn({ input_tokens: 10, output_tokens: 5, cache_read_tokens: 2, cache_write_tokens: 1, stop_reason: 'end_turn' });
  const bad = new Observation('llm.call', begin);
  for (const observation of [good, bad] as unknown as Observation[]) {
    const scope = pillar.begin(observation);
    observation.settle(observation === (bad as unknown) ? { error: new Error('x') } : undefined);
    scope.end(observation);
  }
  const series = await scraped();
  const tokens = (kind: string) => series.get(seriesKey('llm_tokens_total', { model: 'm', token_type: kind }));
  expect(['input', 'output', 'cache_read', 'cache_write'].map(tokens)).toEqual([10, 5, 2, 1]);
  expect([...series].filter(([key]) => key.startsWith('llm_stop_reasons_total'))).toEqual([['llm_stop_reasons_total{model="m",stop_reason="end_turn"}', 1]]);
  expect(series.get('llm_requests_active{model="m"}')).toBe(0);
});

it.each([
  ['links a time to its trace when the trace is sampled', TraceFlags.SAMPLED, true],
  ['does not link to a trace that nobody keeps', TraceFlags.NONE, false],
])('%s', async (_name, traceFlags, linked) => {
  const span = trace.wrapSpanContext({ traceId: TRACE, spanId: 'b7ad6b7169203331', traceFlags });
  context.with(trace.setSpan(context.active(), span), () => {
    const observation = toolCall();
    const scope = pillar.begin(observation);
    observation.settle();
    scope.end(observation);
  });
  expect((await registry.metrics()).includes(`# {trace_id="${TRACE}"}`)).toBe(linked);
});

it('makes the series of tools, model and users exist as soon as they are known', async () => {
  pillar.note('agent.initialized', { tools: ['calculator', 'unknown'], model: 'model-1', users: ['cli_user'] });
  const series = await scraped();
  expect(series.get(seriesKey('tool_calls_total', { tool_name: 'unknown', status: 'error' }))).toBe(0);
  expect(series.get(seriesKey('llm_tokens_total', { model: 'model-1', token_type: 'cache_read' }))).toBe(0);
  expect(series.get(seriesKey('agent_errors_total', { error_type: 'refusal', user_id: 'cli_user' }))).toBe(0);
});

it('shows a breaker as one-hot, and its change of state', async () => {
  pillar.note('breaker.registered', { name: 'llm:m', closed: 1, open: 0, half_open: 0 });
  pillar.note('breaker.changed', { name: 'llm:m', from: 'closed', to: 'open', closed: 0, open: 1, half_open: 0 });
  const series = await scraped();
  const state = (name: string) => series.get(seriesKey('circuit_breaker_state', { name: 'llm:m', state: name }));
  expect(['closed', 'open', 'half_open'].map(state)).toEqual([0, 1, 0]);
  expect(series.get(seriesKey('circuit_breaker_state_changes_total', { name: 'llm:m', to: 'open' }))).toBe(1);
  expect(series.get(seriesKey('circuit_breaker_trips_total', { name: 'llm:m' }))).toBe(1);
});

it('starts every counter of a breaker at zero, so that its first trip is seen as a rise', async () => {
  pillar.note('breaker.registered', { name: 'llm:m', closed: 1, open: 0, half_open: 0 });
  const series = await scraped();
  for (const name of ['failures', 'trips', 'rejections']) expect(series.get(seriesKey(`circuit_breaker_${name}_total`, { name: 'llm:m' }))).toBe(0);
  for (const to of ['closed', 'open', 'half_open']) expect(series.get(seriesKey('circuit_breaker_state_changes_total', { name: 'llm:m', to }))).toBe(0);
});

it('counts lines and spans for the two sources that can not use the observer', async () => {
  pillar.count('log_lines_total', 'warning');
  pillar.count('otel_spans_exported_total', 'dropped', 12);
  const series = await scraped();
  expect(series.get('log_lines_total{level="warning"}')).toBe(1);
  expect(series.get('otel_spans_exported_total{result="dropped"}')).toBe(12);
});
