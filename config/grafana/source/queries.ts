import type { Builder, Dataquery } from '@grafana/grafana-foundation-sdk/cog';
import { DataqueryBuilder as LokiQuery } from '@grafana/grafana-foundation-sdk/loki';
import { DataqueryBuilder as PrometheusQuery, PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus';

/** Whichever Prometheus the reader chose; the other two have one address each. */
export const PROMETHEUS = { type: 'prometheus', uid: '${datasource}' };
export const LOKI = { type: 'loki', uid: 'loki' };
export const JAEGER = { type: 'jaeger', uid: 'jaeger' };

/** Matchers of every selector of a process's metric. */
export const HERE = 'job="$job",instance=~"$instance"';
/** Matchers of a recording rule, which adds up all instances of a job. */
export const JOB = 'job="$job"';

/** What a panel shows: an expression and the name of its lines, where `{{label}}` is the value of a label. */
export interface Line {
  readonly expr: string;
  readonly legend: string;
}

/** A line of a panel. */
export function line(legend: string, expr: string): Line {
  return { expr, legend };
}

/** The 99th, 95th and 50th percentile of a histogram, over the matchers and all instances that were chosen. */
export function percentiles(histogram: string, matchers = HERE): Line[] {
  return [0.99, 0.95, 0.5].map((quantile) => line(`p${quantile * 100}`, percentile(quantile, histogram, matchers)));
}

/** One percentile, for each value of the labels. */
export function percentile(quantile: number, histogram: string, matchers: string, by: readonly string[] = []): string {
  return `histogram_quantile(${quantile}, sum by (${['le', ...by].join(', ')}) (rate(${histogram}_bucket{${matchers}}[$__rate_interval])))`;
}

/** Events a second, for each value of the labels. */
export function perSecond(counter: string, matchers = HERE, by: readonly string[] = []): string {
  return `sum${grouped(by)} (rate(${counter}{${matchers}}[$__rate_interval]))`;
}

/** Events in the hour before, for each value of the labels. */
export function perHour(counter: string, matchers = HERE, by: readonly string[] = []): string {
  return `sum${grouped(by)} (increase(${counter}{${matchers}}[1h]))`;
}

/** A part of a whole; nothing, rather than NaN, while the whole is zero. */
export function share(part: string, whole: string): string {
  return `${part} / (${whole} > 0)`;
}

/** Lines over time. With exemplars, dots that lead to traces. */
export function rangeQuery({ expr, legend }: Line, index: number, exemplars: boolean): PrometheusQuery {
  return new PrometheusQuery().refId(letter(index)).datasource(PROMETHEUS).expr(expr).legendFormat(legend).range().exemplar(exemplars);
}

/** The value at the end of the time range. */
export function instantQuery({ expr, legend }: Line, index: number): PrometheusQuery {
  return new PrometheusQuery().refId(letter(index)).datasource(PROMETHEUS).expr(expr).legendFormat(legend).instant();
}

/** The same, as rows of a table. */
export function tableQuery(row: Line, index: number): PrometheusQuery {
  return instantQuery(row, index).format(PromQueryFormat.Table);
}

/** Buckets of a histogram, for a heatmap. */
export function bucketQuery({ expr, legend }: Line): PrometheusQuery {
  return new PrometheusQuery().refId('A').datasource(PROMETHEUS).expr(expr).legendFormat(legend).range().format(PromQueryFormat.Heatmap).exemplar(true);
}

/** Marks on every graph, found by looking once a minute: with more than seven days on screen Grafana looks less often, and misses some. */
export function eventQuery(expr: string): PrometheusQuery {
  return new PrometheusQuery().refId('Anno').datasource(PROMETHEUS).expr(expr).interval('60s').range();
}

/** Log lines. */
export function logQuery(expr: string): LokiQuery {
  return new LokiQuery().refId('A').datasource(LOKI).expr(expr).queryType('range').maxLines(1000);
}

/** Traces with a span that has these tags, written `key="value" key="value"`. The SDK has no builder for Jaeger. */
export function traceQuery(service: string, tags: string): Builder<Dataquery> {
  const query = { refId: 'A', datasource: JAEGER, queryType: 'search', service, operation: '', tags, minDuration: '', maxDuration: '', limit: 20 };
  return { build: () => ({ ...query, _implementsDataqueryVariant: notData }) };
}

/** The SDK's mark of a query: a method, which JSON leaves out. */
function notData(): void {}

function grouped(by: readonly string[]): string {
  return by.length === 0 ? '' : ` by (${by.join(', ')})`;
}

function letter(index: number): string {
  return String.fromCharCode('A'.charCodeAt(0) + index);
}
