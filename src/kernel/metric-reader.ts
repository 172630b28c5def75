/** One number of a metric, as a scraper would see it. */
export interface MetricSample {
  /** With the suffix of its kind: `x_count`, `x_sum`, `x_bucket`. */
  readonly name: string;
  readonly labels: Readonly<Record<string, string | number | undefined>>;
  readonly value: number;
}

/** Reads back what this process has counted since it began. */
export abstract class MetricReader {
  /** Samples of one metric; none for a name that does not exist. */
  abstract read(metric: string): Promise<readonly MetricSample[]>;
}
