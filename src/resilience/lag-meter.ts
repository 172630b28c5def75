/** Milliseconds between two looks. */
const INTERVAL_MILLISECONDS = 20;
/** Looks that are remembered: two seconds. */
const WINDOW = 100;

/**
 * How late the event loop is, over the last two seconds. A loop that was blocked for 2 s looks once, but everything that came
 * in meanwhile waited, so the looks that were missed are counted too, each with the wait it would have seen (the correction for
 * "coordinated omission" of HdrHistogram). Hence one long block is not hidden behind many quick looks.
 */
export class LagMeter {
  private readonly lags = new Float64Array(WINDOW);
  private next = 0;

  /** Counts one look that came `lateMilliseconds` after it was due, and those it stands for. */
  record(lateMilliseconds: number): void {
    for (let late = Math.max(0, lateMilliseconds), count = 0; count < WINDOW; late -= INTERVAL_MILLISECONDS, count++) {
      this.lags[this.next] = Math.max(0, late);
      this.next = (this.next + 1) % WINDOW;
      if (late < INTERVAL_MILLISECONDS) return;
    }
  }

  /** The 99th percentile, in milliseconds. */
  get p99(): number {
    let [first, second] = [0, 0];
    for (const lag of this.lags) {
      if (lag > first) [first, second] = [lag, first];
      else if (lag > second) second = lag;
    }
    return second;
  }

  /** Looks regularly until the signal is aborted; calls back after each look. Keeps no process up. */
  watch(looked: () => void, signal: AbortSignal): void {
    let due = performance.now() + INTERVAL_MILLISECONDS;
    const timer = setInterval(() => {
      const now = performance.now();
      this.record(now - due);
      due = now + INTERVAL_MILLISECONDS;
      looked();
    }, INTERVAL_MILLISECONDS);
    timer.unref();
    signal.addEventListener('abort', () => clearInterval(timer), { once: true });
  }
}
