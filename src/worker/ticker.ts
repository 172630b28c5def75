import { Failure } from '../kernel/failure.js';

/**
 * Does something again and again, with a pause between the end of one and the beginning of the next. A `Failure` (the store is
 * away) is left for the next time; anything else is a bug, and is thrown where nobody catches it.
 */
export class Ticker {
  private timer: NodeJS.Timeout | undefined;
  private readonly stopped = new AbortController();

  constructor(private readonly work: (signal: AbortSignal) => Promise<void>, private readonly pauseMilliseconds: number) {}

  /** Begins at once. */
  start(): void {
    void this.tick();
  }

  /** Does it no more; the signal of what is being done aborts. */
  stop(): void {
    this.stopped.abort();
    clearTimeout(this.timer);
  }

  private async tick(): Promise<void> {
    try {
      await this.work(this.stopped.signal);
    } catch (error) {
      if (!(error instanceof Failure) && !this.stopped.signal.aborted) throw error;
    }
    if (!this.stopped.signal.aborted) this.timer = setTimeout(() => void this.tick(), this.pauseMilliseconds).unref();
  }
}
