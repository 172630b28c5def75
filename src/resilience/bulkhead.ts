import type { Clock } from '../kernel/clock.js';
import { DrainRate } from './drain-rate.js';
import { overloaded } from './overloaded.js';
import type { Policy, Work } from './policy.js';

export interface BulkheadLimits {
  /** Calls that run at once. */
  readonly concurrent: number;
  /** Calls that may wait for a place. 0: none waits. */
  readonly queued: number;
  /** The longest wait. Who would probably wait longer than three quarters of it is refused at once: a late refusal helps nobody. */
  readonly waitMilliseconds: number;
}

/** Share of the longest wait that a caller may be expected to wait: what is foretold is a mean, and half of all waits are longer. */
const PATIENCE = 0.75;

/** Told who waits. Called synchronously. Must not throw. */
export interface BulkheadListener {
  /** How many wait now. */
  queued(depth: number): void;
  /** A call got its place, after so long. Not called for one that did not have to wait. */
  admitted(waitedMilliseconds: number): void;
}

/**
 * Bounds how much runs at once and how much waits for it, so that a flood can not take the memory of what is being done. First
 * come, first served: a place that becomes free goes to who waits longest, never to a newcomer. A caller who gives up leaves the queue at once.
 */
export class Bulkhead implements Policy {
  private running = 0;
  private readonly waiting = new Set<() => void>();

  constructor(
    private readonly limits: BulkheadLimits,
    private readonly clock: Clock,
    private readonly listener: BulkheadListener,
    private readonly drain = new DrainRate(),
  ) {}

  /** @throws Failure `overloaded`: at once when the queue is full or too slow, else after the longest wait; the signal's reason. */
  async execute<R>(work: Work<R>, signal: AbortSignal): Promise<R> {
    signal.throwIfAborted();
    if (this.running < this.limits.concurrent) this.running += 1;
    else await this.place(signal);
    try {
      signal.throwIfAborted(); // Also after a wait: the caller may have left in the step in which the place came.
      return await work(signal, () => undefined);
    } finally {
      this.leave();
    }
  }

  /** Resolves when a place was handed over: `running` counts it already. */
  private async place(signal: AbortSignal): Promise<void> {
    const since = this.clock.monotonic();
    if (this.isHopeless(since)) throw overloaded('queue_full');
    const turn = Promise.withResolvers<void>();
    const over = new AbortController();
    const leaveQueue = (reason: unknown): void => {
      // In this very step: a place that is handed to somebody who has given up is lost for good.
      if (this.waiting.delete(turn.resolve)) this.listener.queued(this.waiting.size);
      turn.reject(reason);
    };
    const giveUp = (): void => leaveQueue(signal.reason);
    signal.addEventListener('abort', giveUp, { once: true });
    this.clock.sleep(this.limits.waitMilliseconds, over.signal).then(() => leaveQueue(overloaded('queue_full')), () => undefined);
    this.waiting.add(turn.resolve);
    this.listener.queued(this.waiting.size);
    try {
      await turn.promise;
      this.listener.admitted(this.clock.monotonic() - since);
    } finally {
      over.abort();
      signal.removeEventListener('abort', giveUp);
    }
  }

  private isHopeless(now: number): boolean {
    const { queued, waitMilliseconds } = this.limits;
    return this.waiting.size >= queued || this.drain.waitMilliseconds(this.waiting.size + 1, now) > waitMilliseconds * PATIENCE;
  }

  /** Hands the place over in the same step, so that nobody can come in between. */
  private leave(): void {
    const [next] = this.waiting;
    if (!next) {
      this.drain.forget();
      this.running -= 1;
      return;
    }
    this.drain.ended(this.clock.monotonic());
    this.waiting.delete(next);
    this.listener.queued(this.waiting.size);
    next();
  }
}
