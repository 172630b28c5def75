import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { MetricsSettings } from '../settings/settings.js';
import { INSTRUMENTS, instrumentOf, type Instrument, type LabelSpec } from './instruments.js';
import { isList, LabelGuard } from './label-guard.js';

type Metric = Counter | Gauge | Histogram;
/** A metric with its labels chosen: recording costs no look-up and no object. */
interface Bound {
  readonly record: (value: number, traceId?: string) => void;
  readonly add: (value: number) => void;
  /** Makes the series exist at zero; one that has counted would forget it. */
  readonly touch: () => void;
}

const OVERFLOW = 'metrics_label_overflow_total';

/** The instruments of the catalogue in one registry, with every label guarded and every series bound once. */
export class MeterBoard {
  private readonly metrics = new Map<string, Metric>();
  private readonly series = new Map<string, Bound>();
  private readonly guard: LabelGuard;

  constructor(private readonly registry: Registry, settings: MetricsSettings) {
    this.guard = new LabelGuard(settings, (metric, label) => {
      if (metric !== OVERFLOW) this.bind(OVERFLOW, [metric, label]).record(1); // its own labels may be full, too
    });
    for (const [name, instrument] of Object.entries(INSTRUMENTS)) this.metrics.set(name, this.create(name, instrument));
  }

  /** The series of `metric` with these label values, in the order of the instrument's table. */
  bind(metric: string, values: readonly unknown[]): Bound {
    return this.series.get(seriesKey(metric, values)) ?? this.admitted(metric, values).bound;
  }

  /** Makes every series exist whose labels are closed lists, or whose open labels have the given values. */
  zero(open: Readonly<Record<string, readonly string[]>>): void {
    for (const [name, { labels = {}, zero }] of Object.entries(INSTRUMENTS)) {
      if (zero === false) continue;
      const lists = Object.entries(labels).map(([label, spec]) => valuesOf(spec, open[label]));
      for (const values of combinations(lists)) {
        if (this.series.has(seriesKey(name, values))) continue;
        const { bound, isNew } = this.admitted(name, values);
        // What exists may have counted already, and prom-client's zero() would forget that.
        if (isNew) bound.touch();
      }
    }
  }

  /** Only admitted values become series and keys: a flood of new values must grow neither the registry nor this map. */
  private admitted(metric: string, values: readonly unknown[]): { readonly bound: Bound; readonly isNew: boolean } {
    const labels = Object.entries(instrumentOf(metric).labels ?? {})
      .map(([label, spec], index) => [label, this.guard.admit(metric, label, spec, values[index])] as const);
    const key = seriesKey(metric, labels.map(([, value]) => value));
    const known = this.series.get(key);
    if (known) return { bound: known, isNew: false };
    const bound = this.boundTo(metric, Object.fromEntries(labels));
    this.series.set(key, bound);
    return { bound, isNew: true };
  }

  private create(name: string, { type, help, labels, buckets }: Instrument): Metric {
    const common = { name, help, labelNames: Object.keys(labels ?? {}), registers: [this.registry] };
    if (type === 'counter') return new Counter(common);
    if (type === 'gauge') return new Gauge(common);
    return new Histogram({ ...common, buckets: [...(buckets ?? [])], enableExemplars: hasExemplars(name) });
  }

  private boundTo(name: string, labels: Record<string, string>): Bound {
    const metric = this.metrics.get(name);
    if (metric instanceof Histogram) return boundHistogram(metric, labels, hasExemplars(name));
    if (metric instanceof Counter) {
      const child = metric.labels(labels);
      return { record: (value) => child.inc(value), add: (value) => child.inc(value), touch: () => child.inc(0) };
    }
    const child = (metric as Gauge).labels(labels);
    return { record: (value) => child.set(value), add: (value) => child.inc(value), touch: () => child.inc(0) };
  }
}

/** Times are what somebody wants to see an example of. prom-client takes exemplars only where they were enabled from the start. */
function hasExemplars(name: string): boolean {
  return name.endsWith('_seconds');
}

/** Exemplars are attached only when the trace is sampled, else the link leads nowhere. */
function boundHistogram(histogram: Histogram, labels: Record<string, string>, exemplars: boolean): Bound {
  const child = histogram.labels(labels);
  const record = (value: number, traceId?: string) => {
    if (traceId && exemplars) histogram.observe({ labels, value, exemplarLabels: { trace_id: traceId } });
    else child.observe(value);
  };
  // Without labels a histogram exists from the start.
  return { record, add: record, touch: () => { if (Object.keys(labels).length > 0) histogram.zero(labels); } };
}

function seriesKey(metric: string, values: readonly unknown[]): string {
  return values.length === 0 ? metric : `${metric}\u0000${values.join('\u0000')}`;
}

/** The values of a label that are known now. None for an open label whose values come later. */
function valuesOf(spec: LabelSpec, open: readonly string[] | undefined): readonly string[] {
  if (isList(spec)) return spec;
  return open === undefined ? [] : [...open, ...(spec.unknown ? ['unknown'] : [])];
}

function combinations(lists: readonly (readonly string[])[]): string[][] {
  return lists.reduce<string[][]>((rows, list) => rows.flatMap((row) => list.map((value) => [...row, value])), [[]]);
}
