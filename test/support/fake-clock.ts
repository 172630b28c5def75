import { Clock } from '../../src/kernel/clock.js';

/** Time that stands still until a test moves it. */
export class FakeClock extends Clock {
  /** How often the date on the wall was asked for: 0 for whatever promises to be monotonic. */
  wallReads = 0;
  private now = 12_345.5;
  private wallOffset = Date.UTC(2026, 0, 1);

  /** Moves both readings on. */
  advance(milliseconds: number): void {
    if (!(milliseconds >= 0)) throw new RangeError(`monotonic time can not move by ${milliseconds} ms`);
    this.now += milliseconds;
  }

  /** Sets the date on the wall forward or back, as a time server would; monotonic time does not notice. */
  jumpWall(milliseconds: number): void {
    this.wallOffset += milliseconds;
  }

  override monotonic(): number {
    return this.now;
  }

  /** How long was slept, each time: nobody waits in a test. The signal is obeyed before and after. */
  readonly slept: number[] = [];

  override async sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    this.slept.push(milliseconds);
    await Promise.resolve();
    signal.throwIfAborted();
    this.advance(milliseconds);
  }

  override wall(): Date {
    this.wallReads += 1;
    return new Date(this.wallOffset + this.now);
  }
}
