const BUCKETS = 6;

interface Totals {
  calls: number;
  failures: number;
  slow: number;
}

/**
 * Counts the calls of the last while in six buckets, so memory stays the same at any rate of calls.
 * The price is precision: a bucket leaves as a whole, so a call is forgotten after 5/6 to 6/6 of the window
 * (50 to 60 s of 60 s), never later.
 */
export class BreakerWindow {
  private readonly buckets = new Map<number, Totals>();
  private readonly bucketMilliseconds: number;

  constructor(windowMilliseconds: number) {
    this.bucketMilliseconds = windowMilliseconds / BUCKETS;
  }

  /** Counts one finished call. `now` is monotonic milliseconds, as in `totals`. */
  record(call: { failed: boolean; slow: boolean }, now: number): void {
    const bucket = this.currentBucket(now);
    bucket.calls += 1;
    bucket.failures += Number(call.failed);
    bucket.slow += Number(call.slow);
  }

  /** The sums over the window that ends now. */
  totals(now: number): Readonly<Totals> {
    this.forgetBefore(this.indexAt(now) - BUCKETS + 1);
    const sum = { calls: 0, failures: 0, slow: 0 };
    for (const { calls, failures, slow } of this.buckets.values()) {
      sum.calls += calls;
      sum.failures += failures;
      sum.slow += slow;
    }
    return sum;
  }

  private currentBucket(now: number): Totals {
    const index = this.indexAt(now);
    this.forgetBefore(index - BUCKETS + 1);
    const bucket = this.buckets.get(index) ?? { calls: 0, failures: 0, slow: 0 };
    this.buckets.set(index, bucket);
    return bucket;
  }

  private forgetBefore(oldest: number): void {
    for (const index of this.buckets.keys()) if (index < oldest) this.buckets.delete(index);
  }

  private indexAt(now: number): number {
    return Math.floor(now / this.bucketMilliseconds);
  }
}
