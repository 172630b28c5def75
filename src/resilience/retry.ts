import type { Clock } from '../kernel/clock.js';
import type { Failure } from '../kernel/failure.js';
import { remainingMilliseconds } from './deadline.js';
import type { Policy, Work } from './policy.js';
import type { RetryBudget } from './retry-budget.js';
import { askedMilliseconds, backoffMilliseconds, LONGEST_WAIT_MILLISECONDS, retryReason, type RetryReason } from './retry-rules.js';

export type RetryDenial = 'attempts' | 'budget' | 'deadline' | 'retry_after';

/** Told what a retry does, before it does it. Called synchronously, in the caller's context. Must not throw. */
export interface RetryListener {
  /** The attempt number `attempt` failed and the next one comes after the wait. */
  scheduled(retry: { readonly reason: RetryReason; readonly attempt: number; readonly delayMilliseconds: number }): void;
  /** An attempt failed in a way that passes, but is the last one. */
  denied(denial: { readonly reason: RetryReason; readonly why: RetryDenial }): void;
}

/** Time that must be left after a wait, or the next attempt could not do anything with it. */
const USEFUL_MILLISECONDS = 1_000;

/**
 * Makes a failed attempt again, at most `attempts` in all, with full jitter between them, if the failure passes by itself, the
 * process has a retry left, and the caller has the time. An upstream's Retry-After is kept when it is short, and ends the call
 * at once when it is long. It is the only retry loop there is: the SDK's is off.
 */
export class Retry implements Policy {
  constructor(
    private readonly attempts: number,
    private readonly budget: RetryBudget,
    private readonly clock: Clock,
    private readonly listener: RetryListener,
    private readonly random: () => number = Math.random,
  ) {}

  /** @throws what the last attempt threw, or the signal's reason also during a wait. */
  async execute<R>(work: Work<R>, signal: AbortSignal): Promise<R> {
    for (let attempt = 1; ; attempt++) {
      try {
        const result = await work(signal, () => undefined);
        this.budget.refund();
        return result;
      } catch (error) {
        signal.throwIfAborted();
        const delayMilliseconds = this.delay(error, attempt, signal);
        if (delayMilliseconds === undefined) throw error;
        await this.clock.sleep(delayMilliseconds, signal);
      }
    }
  }

  /** The wait before the next attempt; undefined when there must be none. */
  private delay(error: unknown, attempt: number, signal: AbortSignal): number | undefined {
    const reason = retryReason(error);
    if (!reason) return undefined;
    const { retryAfterSeconds } = error as Failure;
    const delayMilliseconds = retryAfterSeconds === undefined
      ? backoffMilliseconds(reason, attempt, this.random)
      : askedMilliseconds(retryAfterSeconds, this.random);
    const why = this.denial(attempt, delayMilliseconds, retryAfterSeconds, signal);
    if (why) {
      this.listener.denied({ reason, why });
      return undefined;
    }
    this.listener.scheduled({ reason, attempt, delayMilliseconds });
    return delayMilliseconds;
  }

  /** Asks the budget last: what is denied anyway must not cost a token. */
  private denial(attempt: number, delayMilliseconds: number, retryAfterSeconds: number | undefined, signal: AbortSignal): RetryDenial | undefined {
    if (attempt >= this.attempts) return 'attempts';
    if (retryAfterSeconds !== undefined && retryAfterSeconds * 1_000 > LONGEST_WAIT_MILLISECONDS) return 'retry_after';
    if (delayMilliseconds + USEFUL_MILLISECONDS > remainingMilliseconds(signal)) return 'deadline';
    return this.budget.take() ? undefined : 'budget';
  }
}
