import type { Failure } from '../kernel/failure.js';
import type { Policy, Work } from './policy.js';

/** What setTimeout can count to, about 24.8 days; it fires at once when asked for more. */
const LONGEST_TIMER_MILLISECONDS = 2 ** 31 - 1;

/** When the time of a signal is over, in monotonic milliseconds. Kept beside the signal, so that whoever has the one knows the other. */
const ENDS = new WeakMap<AbortSignal, number>();

/** Milliseconds until a signal of `withDeadline` will be aborted, never negative. Infinity for any other signal. */
export function remainingMilliseconds(signal: AbortSignal): number {
  return Math.max(0, (ENDS.get(signal) ?? Infinity) - performance.now());
}

export interface DeadlineLimit {
  /** From now. 0, less or NaN is a time that is over: the work is not started. At most 24.8 days are waited for. */
  readonly milliseconds: number;
  /** The caller's signal. When it aborts, the work is aborted with the same reason. */
  readonly signal: AbortSignal;
  /** Makes the failure the caller gets when the time is over. Called at most once, and only then. */
  readonly failure: () => Failure;
  /** Told once when the work gives a result after the caller was answered without it; an error then is the abort, obeyed. Must not throw. */
  readonly onLate?: () => void;
}

/**
 * Waits for the work until its time is over or the caller gives up, and not a moment longer: it rejects then with
 * `failure()` or the caller's reason even if the work never settles or ignores its signal. What such work does later is
 * ignored. No timer and no listener outlives the call; the timer does keep the process up, as any pending call must.
 */
export async function withDeadline<R>(limit: DeadlineLimit, work: (signal: AbortSignal) => Promise<R>): Promise<R> {
  limit.signal.throwIfAborted();
  if (!(limit.milliseconds > 0)) throw limit.failure();
  const answer = Promise.withResolvers<R>();
  const inner = new AbortController();
  ENDS.set(inner.signal, performance.now() + Math.min(limit.milliseconds, remainingMilliseconds(limit.signal)));
  const stop = (reason: unknown): void => {
    answer.reject(reason);
    inner.abort(reason);
  };
  const stopWithCaller = (): void => stop(limit.signal.reason);
  const timer = setTimeout(() => stop(limit.failure()), Math.min(limit.milliseconds, LONGEST_TIMER_MILLISECONDS));
  limit.signal.addEventListener('abort', stopWithCaller, { once: true });
  const tellIfLate = (): void => {
    if (inner.signal.aborted) limit.onLate?.();
  };
  const running = (async () => work(inner.signal))();
  running.then((result) => {
    answer.resolve(result);
    tellIfLate();
  }, answer.reject);
  try {
    return await answer.promise;
  } finally {
    clearTimeout(timer);
    limit.signal.removeEventListener('abort', stopWithCaller);
  }
}

/** `withDeadline` as a policy: each execution has so much time, or what is left of its caller's. */
export class DeadlinePolicy implements Policy {
  constructor(private readonly limit: Omit<DeadlineLimit, 'signal'>) {}

  execute<R>(work: Work<R>, signal: AbortSignal): Promise<R> {
    return withDeadline({ ...this.limit, signal }, (limited) => work(limited, () => undefined));
  }
}
