/**
 * One thing a metric learns from an operation or a fact. What is done with the value follows from the instrument: a counter
 * is increased by it, a histogram observes it, a gauge is set to it.
 */
export interface Meter {
  /** A name of the instrument table in `metrics/`. */
  readonly metric: string;
  /** The attribute that is recorded. Without it, one. A value the operation did not learn records nothing. */
  readonly value?: string;
  /** Label → attribute, or `=constant`. Only attributes of few possible values; never an id. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Records only when the operation ended so. Without it, always. */
  readonly when?: 'ok' | 'error' | 'timeout';
  /** A gauge of how many are running now. */
  readonly inFlight?: true;
}
