/** Ends that are remembered. */
const MOST = 32;
/** With fewer, nothing is foretold. */
const FEWEST = 8;

/** How quickly places become free while all are taken, from the last ends. Times are monotonic milliseconds. */
export class DrainRate {
  private ends: number[] = [];

  /** A place became free, and somebody was waiting for it. */
  ended(now: number): void {
    this.ends.push(now);
    if (this.ends.length > MOST) this.ends.shift();
  }

  /** Nobody waits any more: how quickly places became free until now says nothing about later. */
  forget(): void {
    this.ends = [];
  }

  /** The wait that the last of `waiting` callers has to expect, in milliseconds. 0 when that can not be told. It grows while nothing ends. */
  waitMilliseconds(waiting: number, now: number): number {
    const [oldest] = this.ends;
    return oldest === undefined || this.ends.length < FEWEST ? 0 : waiting * (now - oldest) / (this.ends.length - 1);
  }
}
