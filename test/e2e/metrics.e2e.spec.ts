import { ERROR_TYPES } from '../../src/kernel/failure.js';
import { INSTRUMENTS } from '../../src/metrics/instruments.js';
import { isList } from '../../src/metrics/label-guard.js';
import { movedBetween, parseExposition, seriesKey, type Series } from '../support/exposition.js';
import { promtool, withoutPromtool } from '../support/promtool.js';
import { RunningApplication } from '../support/running-application.js';
import { closeUpstreams, MODEL, openUpstreams, scrape } from './metric-drive-steps.js';
import { DRIVES } from './metric-drives.js';

const OPEN_METRICS = { accept: 'application/openmetrics-text; version=1.0.0' };
const TOOLS = ['calculator', 'save_note', 'get_weather', 'web_search', 'unknown'];
const USERS = ['unknown', 'cli_user'];
const BREAKERS = [`llm:${MODEL}`, 'tool:get_weather', 'tool:web_search'];
const REQUEST_STATUS = ['success', 'error', 'cancelled', 'rejected'];
const TOOL_STATUS = ['success', 'error', 'circuit_open', 'timeout', 'degraded'];

/** The contract: these series are on dashboards and in alerts, so they must be there before anything has happened. */
const SEED_SERIES: readonly (readonly [name: string, labels: Readonly<Record<string, readonly string[]>>])[] = [
  ['agent_requests_total', { status: REQUEST_STATUS, user_id: USERS }],
  ['agent_errors_total', { error_type: ERROR_TYPES, user_id: USERS }],
  ['agent_request_duration_seconds_count', { status: REQUEST_STATUS }],
  ['agent_request_duration_seconds_bucket', { status: REQUEST_STATUS, le: ['0.1', '0.5', '1', '2', '5', '10', '30', '60', '120', '+Inf'] }],
  ['agent_requests_active', {}],
  ['llm_requests_total', { model: [MODEL], status: ['success', 'error', 'cancelled'] }],
  ['llm_request_duration_seconds_count', { model: [MODEL], status: ['success', 'error', 'cancelled'] }],
  ['llm_request_duration_seconds_bucket', { model: [MODEL], status: ['success'], le: ['0.5', '1', '2', '5', '10', '20', '30', '60', '120', '+Inf'] }],
  ['llm_tokens_total', { model: [MODEL], token_type: ['input', 'output', 'cache_read', 'cache_write'] }],
  ['llm_cost_usd_total', { model: [MODEL] }],
  ['tool_calls_total', { tool_name: TOOLS, status: TOOL_STATUS }],
  ['tool_duration_seconds_count', { tool_name: TOOLS, status: TOOL_STATUS }],
  ['tool_duration_seconds_bucket', { tool_name: TOOLS, status: ['success'], le: ['0.01', '0.05', '0.1', '0.5', '1', '2', '5', '10', '30', '+Inf'] }],
  ['circuit_breaker_state', { name: BREAKERS, state: ['closed', 'open', 'half_open'] }],
  ['circuit_breaker_failures_total', { name: BREAKERS }],
  ['circuit_breaker_trips_total', { name: BREAKERS }],
];

const started: RunningApplication[] = [];
afterAll(() => Promise.all(started.map((service) => service.stop())));

async function start(environment: Readonly<Record<string, string>> = {}): Promise<RunningApplication> {
  const service = await RunningApplication.start(environment);
  started.push(service);
  return service;
}

describe('the first scrape of a fresh application', () => {
  let first: Series;
  beforeAll(async () => {
    first = await scrape(await start());
  });

  it.each(SEED_SERIES)('has %s with all of %j', (name, labels) => {
    expect(combinations(labels).map((chosen) => seriesKey(name, chosen)).filter((key) => !first.has(key))).toEqual([]);
  });

  it('has something of every metric, but for those that have nothing to say yet', () => {
    const shown = new Set([...first.keys()].map(metricOf));
    expect(Object.keys(INSTRUMENTS).filter((name) => !shown.has(name))).toEqual([
      'agent_fallbacks_total', 'agent_degraded_total', // nobody stood in for anything, and nothing was missing
      'llm_rate_limit_limit', 'llm_rate_limit_remaining', // the model API has not told its limits
      'http_request_duration_seconds', // most combinations of method, route and status can never occur
      'health_check_status', // a zero would say that a check failed
      'otel_exporter_up', // there is no collector
      'metrics_label_overflow_total', // nothing has overflowed
    ]);
  });

  it.each(BREAKERS)('shows the breaker %s closed', (name) => {
    expect(['closed', 'open', 'half_open'].map((state) => first.get(seriesKey('circuit_breaker_state', { name, state })))).toEqual([1, 0, 0]);
  });

  it('says what runs', () => {
    expect(first.get(seriesKey('app_info', { name: 'task-automation-agent', version: '0.1.0', environment: 'test', node_version: process.version }))).toBe(1);
  });

  it('is zero everywhere else', () => {
    const ours = [...first].filter(([key]) => metricOf(key) in INSTRUMENTS);
    expect(ours.length).toBeGreaterThan(400);
    expect(ours.filter(([key, value]) => value !== 0 && !/^(?:app_info|agent_requests_limit|store_up|log_lines_total|circuit_breaker_state\{.*state="closed")/.test(key))).toEqual([]);
  });
});

describe('every series is alive:', () => {
  const moved = new Map<string, ReadonlyMap<string, number>>();
  let last: RunningApplication;

  beforeAll(async () => {
    await openUpstreams();
    for (const [name, { environment, act }] of Object.entries(DRIVES)) {
      last = await start(environment?.());
      const before = await scrape(last);
      await act(last);
      moved.set(name, movedBetween(before, await scrape(last)));
    }
  }, 120_000);
  afterAll(closeUpstreams);

  it.each(Object.entries(DRIVES))('%s shows', (name, { moves }) => {
    const seen = moved.get(name) ?? new Map<string, number>();
    const wanted = moves.map(([metric, labels, by]) => [seriesKey(metric, labels), by] as const);
    const shown = wanted.map(([key, by]) => [key, by === 'up' && Number(seen.get(key)) > 0 ? 'up' : seen.get(key)]);
    expect(shown).toEqual(wanted);
  });

  it('a metric that nothing moves does not exist', () => {
    const alive = new Set([...moved.values()].flatMap((series) => [...series.keys()].map(metricOf)));
    expect(Object.keys(INSTRUMENTS).filter((name) => !alive.has(name))).toEqual([
      'agent_requests_active', // back to zero when a request is over; seen at 1 while it ran
      'agent_requests_limit', // a setting
      'agent_queue_depth', // back to zero when nobody waits any more; seen at 1 on the way
      'queue_errors_total', // moved where there is a queue on Postgres
      'store_up', // moved where the store is a server that can be away
      'llm_requests_active', // as agent_requests_active
      'otel_spans_exported_total', // moved where spans are really exported
      'otel_log_records_exported_total', // the same, of log lines: test/e2e/otlp-logs
      'otel_exporter_up', // exists where there is a collector: test/e2e/telemetry-loss
      'log_lines_dropped_total', // moved where nobody reads: test/unit/logging/stream-output
      'metrics_label_overflow_total', // moved where ten thousand users come
      'app_info', // tells what runs, and that does not change
    ]);
  });

  it('no value of a closed label is dead, but for those that have a reason', () => {
    const alive = [...moved.values()].flatMap((series) => [...series.keys()]);
    const dead = Object.entries(INSTRUMENTS).flatMap(([name, { labels = {} }]) => Object.entries(labels)
      .filter(([label]) => label !== 'error_type') // one list for the whole service: no single metric can have all of it
      .flatMap(([label, spec]) => (isList(spec) ? spec : [])
        .filter((value) => !alive.some((key) => metricOf(key) === name && key.includes(`${label}="${value}"`)))
        .map((value) => `${name} ${value}`)));
    expect(dead).toEqual([
      // The contract names these; what would refuse a request for them is still to be built.
      ...['rate_limit', 'budget', 'auth', 'injection'].map((reason) => `agent_requests_rejected_total ${reason}`),
      'tool_calls_total degraded', 'tool_duration_seconds degraded', // no tool can say yet that its result is only half of one
      'circuit_breaker_state half_open', // back to zero when the breaker is closed again; seen at 1 on the way
      'log_lines_total critical', // only Nest writes such lines
      ...['ok', 'failed', 'dropped'].map((result) => `otel_spans_exported_total ${result}`), // moved where spans are really exported
      ...['ok', 'failed', 'dropped'].map((result) => `otel_log_records_exported_total ${result}`), // the same
      ...['traces', 'logs'].map((signal) => `otel_exporter_up ${signal}`), // the same
    ]);
  });

  it.each([
    'a client that goes away', 'a request that makes no sense', 'a conversation that does not exist', 'a conversation that is busy',
  ])('%s is no error of ours', (name) => {
    const seen = [...moved.get(name)?.keys() ?? []];
    expect(seen.length).toBeGreaterThan(0);
    expect(seen.filter((key) => /^(?:agent|llm)_errors_total|^circuit_breaker_failures_total|^log_lines_total\{level="(?:error|warning)"/.test(key))).toEqual([]);
  });
});

describe('the formats', () => {
  it('take turns, and each is whole and says the same', async () => {
    const service = await start();
    await service.chat({ message: 'What is 15 multiplied by 23?' });
    for (const headers of [{}, OPEN_METRICS, {}, OPEN_METRICS, OPEN_METRICS, {}, {}]) {
      const response = await fetch(`${service.url}/metrics`, { headers });
      const body = await response.text();
      const open = 'accept' in headers;
      expect(response.headers.get('content-type')).toMatch(open ? /^application\/openmetrics-text/ : /^text\/plain/);
      expect(body.trimEnd().endsWith('# EOF')).toBe(open);
      expect(body).toContain(`# TYPE agent_requests${open ? '' : '_total'} counter\n`);
      expect(parseExposition(body.replace(/ # \{.*$/gm, '')).get('agent_requests_total{status="success",user_id="unknown"}')).toBe(1);
    }
  });

  it('are never kept by a cache', async () => {
    expect((await fetch(`${(await start()).url}/metrics`)).headers.get('cache-control')).toBe('no-store');
  });
});

(withoutPromtool() ? describe.skip : describe)('promtool', () => {
  /** prom-client names three gauges of its default metrics *_total. They are not ours, and dashboards know them by that name. */
  const NOT_OURS = /^(?:# (?:HELP|TYPE) )?nodejs_active_(?:handles|requests|resources)_total\b.*\n/gm;

  it('finds nothing wrong with the exposition', async () => {
    const service = await start();
    await service.chat({ message: 'What is 15 multiplied by 23?' }, { accept: 'text/event-stream' });
    await fetch(`${service.url}/health/ready`);
    const exposition = (await service.metrics()).replace(NOT_OURS, '');
    expect(new Set([...parseExposition(exposition).keys()].map(metricOf)).size).toBeGreaterThan(40);
    expect(promtool(['check', 'metrics'], exposition)).toEqual({ code: 0, output: '' });
  }, 240_000);

  it('would find a name that is wrong', () => {
    expect(promtool(['check', 'metrics'], '# HELP made Things made.\n# TYPE made counter\nmade 1\n').code).not.toBe(0);
  }, 240_000);
});

/** The metric that a series belongs to. */
function metricOf(key: string): string {
  const name = key.replace(/\{.*/, '');
  return name in INSTRUMENTS ? name : name.replace(/_(?:bucket|sum|count)$/, '');
}

/** One object for each way to choose a value of every label. */
function combinations(labels: Readonly<Record<string, readonly string[]>>): Record<string, string>[] {
  return Object.entries(labels).reduce<Record<string, string>[]>(
    (chosen, [label, values]) => chosen.flatMap((one) => values.map((value) => ({ ...one, [label]: value }))), [{}],
  );
}
