import type { Clock } from '../kernel/clock.js';

/** What a retry costs. A success pays 1 back: in the long run one retry for ten successes, the ratio that Google's SRE book gives. */
const COST = 10;
/** Ten retries can be made at once after a time of peace. As the retry token bucket of the AWS SDKs, scaled to model calls. */
const CAPACITY = 10 * COST;
/** One retry a second is always allowed: a service with little traffic could otherwise never save up for one. */
const FLOOR_MILLISECONDS = 1_000;

/**
 * How many retries the whole process may make. A single call's attempts are bounded anyway; this bounds their sum, so that an
 * upstream in trouble gets hardly more requests than there are calls. One for all upstreams.
 */
export class RetryBudget {
  /** Whole numbers: ten times 0.1 is not 1. */
  private tokens = CAPACITY;
  private lastAt = Number.NEGATIVE_INFINITY;

  constructor(private readonly clock: Clock) {}

  /** Takes one retry out. False when there is none: then the failure is final. */
  take(): boolean {
    const now = this.clock.monotonic();
    if (this.tokens < COST && now - this.lastAt < FLOOR_MILLISECONDS) return false;
    this.tokens = Math.max(0, this.tokens - COST);
    this.lastAt = now;
    return true;
  }

  /** A call went well: pays a part of a retry back. */
  refund(): void {
    this.tokens = Math.min(CAPACITY, this.tokens + 1);
  }
}
