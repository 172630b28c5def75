import { Failure, type ErrorType } from '../kernel/failure.js';

export type RetryReason = 'rate_limit' | 'overloaded' | 'timeout' | 'connection' | 'server_error' | 'bad_response';

/** What passes by itself, and under which name it is counted. Anything else would fail again in the same way. */
const REASONS: { readonly [E in ErrorType]?: RetryReason } = {
  rate_limit_error: 'rate_limit', overloaded_error: 'overloaded', timeout: 'timeout', connection_error: 'connection',
  api_error: 'server_error', bad_response: 'bad_response',
};

/** Why this may be tried again; undefined when it may not. The upstream's own word (`retryable`) wins over its kind. */
export function retryReason(error: unknown): RetryReason | undefined {
  if (!(error instanceof Failure) || !error.retryable || error.partial) return undefined;
  // A request that the upstream calls bad but worth repeating (`x-should-retry: true`) is its own trouble.
  return error.errorType === 'circuit_open' ? undefined : REASONS[error.errorType] ?? 'server_error';
}

const BASE_MILLISECONDS = 500;
/** An upstream that says it has too much to do needs longer than one that stumbled. */
const BUSY_BASE_MILLISECONDS = 1_000;
const CAP_MILLISECONDS = 8_000;
/** Full jitter begins at zero; but a retry at once meets the same trouble. */
const FLOOR_MILLISECONDS = 50;

/**
 * Wait after the failed attempt number `attempt`, in milliseconds: exponential with full jitter (AWS Architecture Blog,
 * "Exponential Backoff And Jitter"), so that callers who failed together do not come back together. `random` is in [0, 1).
 */
export function backoffMilliseconds(reason: RetryReason, attempt: number, random: () => number): number {
  const base = reason === 'rate_limit' || reason === 'overloaded' ? BUSY_BASE_MILLISECONDS : BASE_MILLISECONDS;
  const ceiling = Math.min(CAP_MILLISECONDS, base * 2 ** (attempt - 1));
  return Math.max(FLOOR_MILLISECONDS, random() * ceiling);
}

/** The longest wait that an upstream may ask a running request to make. Beyond it the client is better told to come back. */
export const LONGEST_WAIT_MILLISECONDS = 10_000;
/** Spread on top of a wait that the upstream asked for: never earlier, and not all at once. */
const SPREAD_MILLISECONDS = 500;

/** The upstream's own wait, a little more but never less. */
export function askedMilliseconds(retryAfterSeconds: number, random: () => number): number {
  return retryAfterSeconds * 1_000 + 10 + random() * SPREAD_MILLISECONDS;
}
