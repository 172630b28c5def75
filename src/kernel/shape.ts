import type { ErrorType } from './failure.js';
import type { Meter } from './meter.js';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';
export type LogLine = readonly [level: LogLevel, event: string];
export type OutcomeName = 'ok' | 'error' | 'aborted';

/** What the catalogue says of one operation. */
export interface Shape {
  /** Span names: the seed's, and the one the GenAI conventions recommend. `{name}` is filled from the begin attributes. */
  readonly span: { readonly seed: string; readonly semconv: string; readonly kind: 'internal' | 'client' | 'server' };
  /** Span events at begin and end, as the seed named them. */
  readonly spanEvents?: { readonly [When in 'begin' | OutcomeName]?: string };
  /** Lines at begin and end. `rejected` is for an operation that ended with that status: the caller's mistake, not ours. */
  readonly log: { readonly [When in 'begin' | OutcomeName | 'rejected']?: LogLine };
  /** The value of the label `status` for each outcome; `statusOf` refines it by error type. */
  readonly statuses: { readonly [When in OutcomeName]: string };
  readonly statusOf?: { readonly [E in ErrorType]?: string };
  readonly meters: readonly Meter[];
  /** Attributes that hold what people or models wrote. No pillar shows them unless its own setting says so. */
  readonly content?: readonly string[];
}
