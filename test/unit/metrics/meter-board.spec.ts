import { Registry } from 'prom-client';
import { INSTRUMENTS } from '../../../src/metrics/instruments.js';
import { isList } from '../../../src/metrics/label-guard.js';
import { MeterBoard } from '../../../src/metrics/meter-board.js';
import { expose } from '../../../src/metrics/exposition.js';
import { Settings } from '../../../src/settings/settings.js';
import { parseExposition, seriesKey, type Series } from '../../support/exposition.js';

let registry: Registry;
let board: MeterBoard;
beforeEach(() => start());

function start(environment: Readonly<Record<string, string>> = {}): void {
  registry = new Registry();
  (registry as unknown as Registry<typeof Registry.OPENMETRICS_CONTENT_TYPE>).setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
  board = new MeterBoard(registry, Settings.from(environment).metrics);
}

async function text(): Promise<string> {
  return (await expose(registry, 'text/plain')).body;
}

async function scraped(): Promise<Series> {
  return parseExposition(await text());
}

describe('recording', () => {
  it('adds to a counter, sets a gauge and observes in a histogram', async () => {
    board.bind('agent_max_iterations_total', []).record(2);
    board.bind('agent_max_iterations_total', []).record(3);
    board.bind('agent_sessions_active', []).record(7);
    board.bind('agent_sessions_active', []).record(4);
    board.bind('agent_iterations', []).record(2);
    const series = await scraped();
    expect(series.get('agent_max_iterations_total')).toBe(5);
    expect(series.get('agent_sessions_active')).toBe(4);
    expect([series.get('agent_iterations_count'), series.get('agent_iterations_sum'), series.get('agent_iterations_bucket{le="1"}'), series.get('agent_iterations_bucket{le="2"}')]).toEqual([1, 2, 0, 1]);
  });

  it('takes the label values in the order of the table', async () => {
    board.bind('tool_calls_total', ['calculator', 'timeout']).record(1);
    expect((await scraped()).get(seriesKey('tool_calls_total', { tool_name: 'calculator', status: 'timeout' }))).toBe(1);
  });

  it('refuses a metric that nobody declared, by name', () => {
    expect(() => board.bind('agent_suprises_total', [])).toThrow(/agent_suprises_total/);
  });

  it('links to a trace only where a time is recorded, and only in OpenMetrics', async () => {
    const trace = 'a'.repeat(32);
    board.bind('tool_duration_seconds', ['calculator', 'success']).record(0.02, trace);
    board.bind('tool_result_bytes', ['calculator']).record(20, trace);
    const open = (await expose(registry, 'application/openmetrics-text')).body;
    expect(open.split('\n').filter((line) => line.includes(trace))).toEqual([expect.stringContaining('tool_duration_seconds_bucket')]);
    expect(await text()).not.toContain(trace);
  });
});

describe('series that exist before anything happened', () => {
  it('are all combinations of the closed lists and of the values that were named', async () => {
    board.zero({ tool_name: ['calculator', 'unknown'], user_id: ['unknown'], model: ['model-1'] });
    const series = await scraped();
    const statuses = INSTRUMENTS.tool_calls_total?.labels?.status;
    for (const tool_name of ['calculator', 'unknown']) {
      for (const status of isList(statuses ?? []) ? statuses as readonly string[] : []) {
        expect(series.get(seriesKey('tool_calls_total', { tool_name, status }))).toBe(0);
        expect(series.get(seriesKey('tool_duration_seconds_count', { tool_name, status }))).toBe(0);
      }
    }
    expect(series.get(seriesKey('agent_requests_total', { status: 'rejected', user_id: 'unknown' }))).toBe(0);
    expect(series.get(seriesKey('llm_requests_active', { model: 'model-1' }))).toBe(0);
    expect(series.get(seriesKey('agent_timeouts_total', { operation: 'llm' }))).toBe(0);
  });

  it('are zero', async () => {
    board.zero({ tool_name: ['calculator'], user_id: ['unknown'], model: ['model-1'], name: ['llm:model-1'] });
    expect([...await scraped()].filter(([, value]) => value !== 0)).toEqual([]);
  });

  it('keep what they counted when more become known', async () => {
    board.zero({ tool_name: ['calculator'] });
    board.bind('agent_max_iterations_total', []).record(1);
    board.bind('agent_requests_active', []).add(1);
    board.bind('agent_request_duration_seconds', ['success']).record(1.5);
    board.bind('tool_duration_seconds', ['calculator', 'success']).record(1.5);
    board.zero({ tool_name: ['calculator', 'web_search'] });
    const series = await scraped();
    expect(series.get('agent_max_iterations_total')).toBe(1);
    expect(series.get('agent_requests_active')).toBe(1);
    expect(series.get('agent_request_duration_seconds_count{status="success"}')).toBe(1);
    expect(series.get('tool_duration_seconds_count{status="success",tool_name="calculator"}')).toBe(1);
  });

  it('do not exist where most combinations can never occur', async () => {
    board.zero({ method: ['GET'], route: ['/'], status_code: ['200'], kind: ['requests'] });
    const shown = [...(await scraped()).keys()];
    expect(shown.filter((key) => /^(?:http_request_duration_seconds|llm_rate_limit)/.test(key))).toEqual([]);
  });
});

describe('ten thousand different users', () => {
  const people = Array.from({ length: 10_000 }, (_, index) => `customer-${index}@example.com`);

  function flood(): void {
    board.zero({ user_id: ['unknown', 'cli_user'], model: ['model-1'], tool_name: ['calculator', 'save_note', 'get_weather', 'web_search', 'unknown'] });
    for (const person of people) {
      board.bind('agent_requests_total', ['success', person]).record(1);
      board.bind('agent_errors_total', ['timeout', person]).record(1);
    }
  }

  it('leave the exposition below one megabyte, and every request counted', async () => {
    flood();
    const exposition = await text();
    expect(exposition.length).toBeLessThan(1_000_000);
    const requests = [...parseExposition(exposition)].filter(([key]) => key.startsWith('agent_requests_total{') && key.includes('status="success"'));
    // Fifty people, those without a name, and everybody else together.
    expect(requests).toHaveLength(52);
    expect(requests.reduce((sum, [, value]) => sum + value, 0)).toBe(10_000);
  });

  it('are counted where they were folded together', async () => {
    flood();
    const series = await scraped();
    expect(series.get(seriesKey('metrics_label_overflow_total', { metric: 'agent_requests_total', label: 'user_id' }))).toBe(9_951);
    expect(series.get(seriesKey('metrics_label_overflow_total', { metric: 'agent_errors_total', label: 'user_id' }))).toBe(9_951);
  });

  it('are one user when the label is off', async () => {
    start({ METRICS_USER_LABEL: 'off' });
    flood();
    const requests = [...await scraped()].filter(([key, value]) => key.startsWith('agent_requests_total{') && value > 0);
    expect(requests).toEqual([['agent_requests_total{status="success",user_id="unknown"}', 10_000]]);
  });

  it('can not be read from it when they are hashed', async () => {
    start({ METRICS_USER_LABEL: 'hashed' });
    flood();
    const exposition = await text();
    expect(exposition).not.toContain('customer-');
    expect(exposition).not.toContain('cli_user');
    expect(exposition.length).toBeLessThan(1_000_000);
    expect([...parseExposition(exposition).keys()].filter((key) => key.startsWith('agent_requests_total{') && key.includes('"success"'))).toHaveLength(52);
  });
});

it('survives that every label of every metric is full', async () => {
  for (const [name, { labels = {} }] of Object.entries(INSTRUMENTS)) {
    if (name === 'metrics_label_overflow_total') continue;
    for (let index = 0; index < 200; index++) board.bind(name, Object.keys(labels).map((label) => `${label}-${index}`)).add(1);
  }
  const exposition = await text();
  expect(exposition.length).toBeLessThan(1_000_000);
  const counted = [...parseExposition(exposition).keys()].filter((key) => key.startsWith('metrics_label_overflow_total'));
  const labels = Object.entries(INSTRUMENTS).flatMap(([name, { labels: own = {} }]) => (name === 'metrics_label_overflow_total' ? [] : Object.keys(own).map((label) => seriesKey('metrics_label_overflow_total', { metric: name, label }))));
  expect(counted.sort()).toEqual(labels.sort());
});
