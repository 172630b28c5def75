import { errorTypeOf, type ErrorType } from '../kernel/failure.js';

/** When a breaker opens, for how long, and what makes it close again. Ratios are between 0 and 1. */
export interface BreakerSettings {
  /** Opens after this many failures in a row, however far apart. */
  readonly consecutiveFailures: number;
  /** Opens when this share of the calls in the window failed … */
  readonly failureRatio: number;
  /** … and there were at least this many calls. */
  readonly failureRatioCalls: number;
  /** Opens when this share of the calls in the window were slow, failed or not … */
  readonly slowRatio: number;
  /** … and there were at least this many calls. */
  readonly slowRatioCalls: number;
  /** A call is slow whose upstream takes longer to begin to answer; or to end, where it does not tell when it began. */
  readonly slowCallMilliseconds: number;
  /** How far back the two shares look. Approximate: see BreakerWindow. */
  readonly windowMilliseconds: number;
  /** How long the first opening lasts; each re-opening from half-open doubles it. */
  readonly openMilliseconds: number;
  /** Where the doubling ends. The jitter comes on top. */
  readonly openMaximumMilliseconds: number;
  /** Each opening lasts up to this share longer, so that replicas do not probe in step. */
  readonly openJitterRatio: number;
  /** Probes that must succeed, one after the other, to close. */
  readonly halfOpenSuccesses: number;
  /** This long after the first probe without closing: opens again. Frees the breaker from a probe that hangs; idle, it waits. */
  readonly halfOpenMilliseconds: number;
  /** The longest wait an upstream may impose by Retry-After. */
  readonly cooldownMaximumMilliseconds: number;
  /** Whether an error speaks against the upstream. Any other error is ignored: neither success nor failure. Must not throw. */
  countsAsFailure(this: void, error: unknown): boolean;
}

/** Faults of the upstream. The rest says something about the request, the caller or our own limits. */
const UPSTREAM_FAULTS: ReadonlySet<ErrorType> = new Set<ErrorType>([
  'connection_error', 'timeout', 'api_error', 'overloaded_error', 'bad_response', 'execution', '_OTHER',
]);

export const DEFAULT_BREAKER_SETTINGS: BreakerSettings = {
  consecutiveFailures: 5,
  failureRatio: 0.5,
  failureRatioCalls: 20,
  slowRatio: 0.8,
  slowRatioCalls: 10,
  slowCallMilliseconds: 25_000,
  windowMilliseconds: 60_000,
  openMilliseconds: 60_000,
  openMaximumMilliseconds: 300_000,
  openJitterRatio: 0.1,
  halfOpenSuccesses: 3,
  halfOpenMilliseconds: 45_000,
  cooldownMaximumMilliseconds: 60_000,
  countsAsFailure: (error) => UPSTREAM_FAULTS.has(errorTypeOf(error)),
};
