/** Microseconds since 1970 that grow with each call, also when the clock is set back: they order what one process makes. */
export class GrowingNumber {
  private last = 0;

  next(): number {
    this.last = Math.max(this.last + 1, Math.round((performance.timeOrigin + performance.now()) * 1_000));
    return this.last;
  }
}
