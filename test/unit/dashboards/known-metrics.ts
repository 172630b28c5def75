import { readFileSync } from 'node:fs';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { parse } from 'yaml';
import { INSTRUMENTS } from '../../../src/metrics/instruments.js';
import { groupings, selectors, substitute, type Matcher } from '../../support/promql.js';

/** Labels of a metric, each with its values when the list of them is closed. */
type Labels = ReadonlyMap<string, readonly string[] | undefined>;

const { groups } = parse(readFileSync('config/prometheus/rules/slo.rules.yml', 'utf8')) as { groups: { rules: { record?: string; labels?: Record<string, string> }[] }[] };
const recordings = Map.groupBy(groups.flatMap(({ rules }) => rules).filter(({ record }) => record !== undefined), ({ record = '' }) => record);

/** Every series that Prometheus has: name → labels. */
export const KNOWN: ReadonlyMap<string, Labels> = new Map<string, Labels>([
  ...Object.entries(INSTRUMENTS).flatMap(([name, { type, labels = {} }]) => (
    seriesOf(name, type).map((series): [string, Labels] => [series, scraped(Object.entries(labels).map(([label, values]) => [label, Array.isArray(values) ? values as string[] : undefined]), series)])
  )),
  ...defaultMetrics(),
  ...[...recordings].map(([name, rules]): [string, Labels] => [name, recorded(rules.map(({ labels = {} }) => labels))]),
  ['up', scraped([], 'up')],
  ['ALERTS', scraped([['alertname', undefined], ['alertstate', ['pending', 'firing']], ['severity', undefined], ['owner', undefined], ['slo', undefined]], 'ALERTS')],
]);

/** The instrument that a series belongs to: that of `a_seconds_bucket` is `a_seconds`. */
export function instrumentNameOf(series: string): string {
  return series in INSTRUMENTS ? series : series.replace(/_(?:bucket|sum|count)$/, '');
}

/** What a query names that does not exist: metrics, labels, values of closed labels, bounds of buckets. */
export function unknownIn(expr: string, variables: Readonly<Record<string, string>>): string[] {
  const written = substitute(expr, variables);
  const read = selectors(written).flatMap(({ metric, matchers }) => {
    const labels = KNOWN.get(metric);
    if (labels === undefined) return [`metric ${metric}`];
    return matchers.flatMap((matcher) => wrongIn(matcher, metric, labels, Object.values(variables)));
  });
  const grouped = groupings(written).flatMap(({ labels, metrics }) => metrics.flatMap((metric) => labels.filter((label) => KNOWN.get(metric)?.has(label) === false).map((label) => `label ${label} of ${metric}`)));
  return [...read, ...grouped];
}

function wrongIn({ label, operator, value }: Matcher, metric: string, labels: Labels, chosen: readonly string[]): string[] {
  if (!labels.has(label)) return [`label ${label} of ${metric}`];
  if (label === 'le') return isBound(value, operator, metric) ? [] : [`bound ${value} of ${metric}`];
  const closed = labels.get(label);
  if (closed === undefined || chosen.includes(value)) return [];
  return (operator.endsWith('~') ? value.split('|') : [value]).filter((each) => !closed.includes(each)).map((each) => `${label} ${each} of ${metric}`);
}

/** Prometheus 3 writes the bound 5 as 5.0, Prometheus 2 as 5: a query has to find both. */
function isBound(value: string, operator: string, metric: string): boolean {
  const bounds = INSTRUMENTS[instrumentNameOf(metric)]?.buckets ?? [];
  return bounds.some((bound) => (Number.isInteger(bound) ? operator === '=~' && value === `${bound}(\\.0)?` : operator === '=' && value === String(bound)));
}

function seriesOf(name: string, type: string): string[] {
  return type === 'histogram' ? ['bucket', 'sum', 'count'].map((part) => `${name}_${part}`) : [name];
}

function scraped(own: readonly [string, readonly string[] | undefined][], series: string): Labels {
  return new Map([...own, ['job', undefined], ['instance', undefined], ...(series.endsWith('_bucket') ? [['le', undefined] as const] : [])]);
}

/** All recordings add up the instances of a job, and differ in the labels that they set. */
function recorded(labels: readonly Record<string, string>[]): Labels {
  const names = [...new Set(labels.flatMap((each) => Object.keys(each)))];
  return new Map([['job', undefined], ...names.map((name): [string, string[]] => [name, labels.flatMap((each) => each[name] ?? [])])]);
}

function defaultMetrics(): [string, Labels][] {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  return registry.getMetricsAsArray().flatMap((metric) => {
    const { name, labelNames } = registry.getSingleMetric(metric.name) as unknown as { name: string; labelNames: string[] };
    const series = name === 'nodejs_gc_duration_seconds' ? seriesOf(name, 'histogram') : [name];
    return series.map((each): [string, Labels] => [each, scraped(labelNames.map((label) => [label, undefined]), each)]);
  });
}
