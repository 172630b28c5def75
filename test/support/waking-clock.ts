import { FakeClock } from './fake-clock.js';

/** A fake clock whose sleepers sleep until a test moves the time far enough. */
export class WakingClock extends FakeClock {
  private readonly sleepers = new Set<{ readonly at: number; readonly wake: () => void }>();

  /** How many sleep now: 0 when nothing was forgotten. */
  get sleeping(): number {
    return this.sleepers.size;
  }

  override async sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const over = Promise.withResolvers<void>();
    const sleeper = { at: this.monotonic() + milliseconds, wake: over.resolve };
    this.sleepers.add(sleeper);
    signal.addEventListener('abort', () => over.reject(signal.reason), { once: true });
    await over.promise.finally(() => this.sleepers.delete(sleeper));
  }

  override advance(milliseconds: number): void {
    super.advance(milliseconds);
    for (const { at, wake } of this.sleepers) if (at <= this.monotonic()) wake();
  }
}
