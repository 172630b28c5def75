/** Tells one listener about each line written, so that lines can be metered without the log knowing the meter. */
export class LineCount {
  private listener: (level: string) => void = () => undefined;

  /** @internal Called once, where the pillars are put together. */
  listen(listener: (level: string) => void): void {
    this.listener = listener;
  }

  add(level: string): void {
    this.listener(level);
  }
}
