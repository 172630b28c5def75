import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { INSTRUMENTS } from '../../../src/metrics/instruments.js';
import { Settings } from '../../../src/settings/settings.js';
import { groupings, selectors, substitute, syntaxErrors } from '../../support/promql.js';
import { promtool, withoutPromtool } from '../../support/promtool.js';
import { CHOICE, dashboards, panels, queries } from './generated.js';
import { instrumentNameOf, KNOWN, unknownIn } from './known-metrics.js';

const SERVICE = Settings.from({}).service.name;

/** Instruments that no dashboard shows, each with its reason. */
const NOT_SHOWN: Readonly<Record<string, string>> = {};

/** Queries that are on no panel: those of variables, as plain selectors, and those of annotations. */
const others = dashboards.flatMap(({ uid, annotations, templating }) => [
  ...annotations.list.map(({ name, target: { expr = '' } }) => ({ where: `${uid}: ${name}`, expr })),
  ...templating.list.filter(({ type }) => type === 'query').map(({ name, query }) => ({ where: `${uid}: $${name}`, expr: asQuery(typeof query === 'string' ? query : query.query) })),
]);
const every = [...queries, ...others];
const itWithPromtool = withoutPromtool() ? it.skip : it;

/** `label_values(metric{…}, label)` is Grafana's own; what it reads is `group by (label) (metric{…})`. */
function asQuery(labelValues: string): string {
  const [, selector = '', label = ''] = /^label_values\((.+), (\w+)\)$/.exec(labelValues) ?? [];
  return `group by (${label}) (${selector})`;
}

describe('each query', () => {
  it('is PromQL', () => {
    expect(every.length).toBeGreaterThan(100);
    expect(every.flatMap(({ where, expr }) => syntaxErrors(substitute(expr, CHOICE)).map((error) => `${where}: ${error}`))).toEqual([]);
  });

  itWithPromtool('has the types that Prometheus wants', () => {
    expect(promtoolOn(every.map(({ expr }) => substitute(expr, CHOICE)))).toMatchObject({ code: 0 });
    expect(promtoolOn(['rate(up)'])).toMatchObject({ code: 1, output: expect.stringContaining('range vector') as string });
  });

  it('names metrics, labels and values that exist', () => {
    expect(every.flatMap(({ where, expr }) => unknownIn(expr, CHOICE).map((unknown) => `${where}: ${unknown}`))).toEqual([]);
  });

  it('is about the job that was chosen', () => {
    const elsewhere = every.filter(({ where }) => !where.endsWith(': $job')).flatMap(({ where, expr }) => selectors(expr).filter(({ matchers }) => (
      !matchers.some(({ label, value }) => label === 'job' && /^\$job\|?$/.test(value))
    )).map(({ metric }) => `${where}: ${metric}`));
    expect(elsewhere).toEqual([]);
  });

  it('is about the instances that were chosen, unless what it reads has none', () => {
    const isOfJob = (metric: string) => metric === 'ALERTS' || KNOWN.get(metric)?.has('instance') === false;
    const all = queries.flatMap(({ where, expr }) => selectors(expr).map(({ metric, matchers }) => ({ where, metric, chosen: matchers.some(({ label, operator, value }) => label === 'instance' && operator === '=~' && value === '$instance') })));
    expect(all.filter(({ metric, chosen }) => chosen === isOfJob(metric))).toEqual([]);
  });

  it('looks back as far as its title says, or as far as Grafana finds right', () => {
    const windows = (expr: string, name: string) => [...expr.matchAll(new RegExp(`\\b${name}\\([^[]*\\[([^\\]]+)\\]`, 'g'))].map(([, window = '']) => window);
    expect(new Set(queries.flatMap(({ expr }) => windows(expr, 'rate')))).toEqual(new Set(['$__rate_interval']));
    expect(new Set(queries.flatMap(({ expr }) => windows(expr, 'increase')))).toEqual(new Set(['1h', '24h']));
  });

  it('takes rates of what only grows, and nothing else of it', () => {
    const isCounter = (metric: string) => INSTRUMENTS[instrumentNameOf(metric)]?.type !== 'gauge' && /_(?:total|bucket|sum|count)$/.test(metric);
    const bare = queries.flatMap(({ where, expr }) => {
      const inside = new Set([...expr.matchAll(/\b(?:rate|increase)\((\w+)\{/g)].map(([, metric = '']) => metric));
      return selectors(expr).filter(({ metric }) => metric in INSTRUMENTS || /_(?:bucket|sum|count)$/.test(metric)).filter(({ metric }) => isCounter(metric) !== inside.has(metric)).map(({ metric }) => `${where}: ${metric}`);
    });
    expect(bare).toEqual([]);
  });

  it('has lines that are named after labels which are left', () => {
    const gone = queries.flatMap(({ where, expr, target: { legendFormat = '' } }) => [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label = '']) => label).filter((label) => !labelsOf(expr).includes(label)).map((label) => `${where}: ${label}`));
    expect(gone).toEqual([]);
  });
});

/** promtool reads rules only, so each query is one. */
function promtoolOn(expressions: readonly string[]) {
  const folder = mkdtempSync(join(tmpdir(), 'dashboards-'));
  const file = join(folder, 'queries.yml');
  writeFileSync(file, JSON.stringify({ groups: [{ name: 'dashboards', rules: expressions.map((expr, index) => ({ record: `query:${index}`, expr })) }] }));
  try {
    return promtool(['check', 'rules', '--lint=none', file]);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function labelsOf(expr: string): string[] {
  const grouped = groupings(expr).flatMap(({ labels }) => labels);
  return /\b(?:sum|max|min|group) /.test(expr) ? grouped : selectors(expr).flatMap(({ metric }) => [...KNOWN.get(metric)?.keys() ?? []]);
}

describe('the dashboards', () => {
  it('show every instrument', () => {
    const shown = new Set(queries.flatMap(({ expr }) => selectors(expr).map(({ metric }) => instrumentNameOf(metric))));
    expect(Object.keys(INSTRUMENTS).filter((name) => !shown.has(name) && !(name in NOT_SHOWN))).toEqual([]);
    expect(Object.keys(NOT_SHOWN).filter((name) => shown.has(name) || !(name in INSTRUMENTS))).toEqual([]);
  });

  it('lead from latency to traces', () => {
    const traced = ['agent_request_duration_seconds', 'llm_request_duration_seconds', 'llm_time_to_first_token_seconds', 'tool_duration_seconds', 'http_request_duration_seconds'];
    const graphs = queries.filter(({ panel, expr }) => panel.type !== 'stat' && /histogram_quantile/.test(expr) && selectors(expr).some(({ metric }) => traced.includes(instrumentNameOf(metric))));
    expect(graphs.length).toBeGreaterThanOrEqual(7);
    expect(graphs.filter(({ target }) => target.exemplar !== true).map(({ where }) => where)).toEqual([]);
  });

  it('find the logs and traces of one run under the name of this service', () => {
    const elsewhere = panels.flatMap(({ panel }) => panel.targets ?? []).filter(({ datasource }) => datasource.type !== 'prometheus');
    expect(elsewhere).toEqual([
      expect.objectContaining({ datasource: { type: 'jaeger', uid: 'jaeger' }, queryType: 'search', service: SERVICE, tags: 'correlation_id="$correlation_id"' }),
      expect.objectContaining({ datasource: { type: 'loki', uid: 'loki' }, expr: `{service_name="${SERVICE}"} | correlation_id="$correlation_id"` }),
    ]);
  });
});

describe('these checks', () => {
  const here = '{job="$job",instance=~"$instance"}';

  it.each([
    [`agent_request_total${here}`, 'metric agent_request_total'],
    [`rate(agent_request_duration_seconds${here}[5m])`, 'metric agent_request_duration_seconds'],
    ['agent_requests_total{job="$job",state="error"}', 'label state of agent_requests_total'],
    ['agent_requests_total{job="$job",status=~"success|eror"}', 'status eror of agent_requests_total'],
    [`sum by (model) (rate(agent_requests_total${here}[5m]))`, 'label model of agent_requests_total'],
    ['agent_request_duration_seconds_bucket{job="$job",le="5"}', 'bound 5 of agent_request_duration_seconds_bucket'],
    ['agent_request_duration_seconds_bucket{job="$job",le=~"4(\\\\.0)?"}', 'bound 4(\\.0)? of agent_request_duration_seconds_bucket'],
    ['job:agent_slo_errors:ratio_rate7d{job="$job"}', 'metric job:agent_slo_errors:ratio_rate7d'],
    ['job:agent_cost_usd:increase1h{job="$job",slo="latency"}', 'label slo of job:agent_cost_usd:increase1h'],
    ['job:agent_slo_burn_rate:ratio1h{job="$job",slo="speed"}', 'slo speed of job:agent_slo_burn_rate:ratio1h'],
    ['nodejs_eventloop_lag_p98_seconds', 'metric nodejs_eventloop_lag_p98_seconds'],
  ])('see what is wrong in %s', (expr, wrong) => {
    expect(unknownIn(expr, CHOICE)).toEqual([wrong]);
  });
});
