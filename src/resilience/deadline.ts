import type { Clock } from '../kernel/clock.js';
import type { Failure } from '../kernel/failure.js';

/** What setTimeout can count to, about 24.8 days; it fires at once when asked for more. */
const LONGEST_TIMER_MILLISECONDS = 2 ** 31 - 1;

/** A moment by which something must be over. Monotonic: it does not move when the date on the wall does. */
export class Deadline {
  private constructor(private readonly endsAt: number, private readonly clock: Clock) {}

  static after(milliseconds: number, clock: Clock): Deadline {
    return new Deadline(clock.monotonic() + milliseconds, clock);
  }

  /** Never negative; 0 once the deadline has passed. */
  get remainingMilliseconds(): number {
    return Math.max(0, this.endsAt - this.clock.monotonic());
  }

  /** The time a part of the work may take: its own limit, or what is left if that is less. */
  narrow(milliseconds: number): number {
    return Math.min(milliseconds, this.remainingMilliseconds);
  }
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
