import type { Registry } from 'prom-client';
import { MetricReader, type MetricSample } from '../kernel/metric-reader.js';

/** What prom-client keeps but types loosely. */
interface Readable { get(): Promise<{ readonly values: readonly { readonly metricName?: string; readonly labels: MetricSample['labels']; readonly value: number }[] }> }

/** Reads the registry that `/metrics` shows. */
export class RegistryReader extends MetricReader {
  constructor(private readonly registry: Registry) {
    super();
  }

  override async read(metric: string): Promise<readonly MetricSample[]> {
    const found = this.registry.getSingleMetric(metric) as unknown as Readable | undefined;
    if (!found) return [];
    const { values } = await found.get();
    return values.map(({ metricName = metric, labels, value }) => ({ name: metricName, labels, value }));
  }
}
