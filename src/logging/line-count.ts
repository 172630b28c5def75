/** Tells one listener about each line written or lost, so that lines can be metered without the log knowing the meter. */
export class LineCount {
  private lossListener: (lines: number) => void = () => undefined;
  private listener: (level: string) => void = () => undefined;

  /** @internal Called once, where the pillars are put together. */
  listen(listener: (level: string) => void): void {
    this.listener = listener;
  }

  /** @internal Called once, where the pillars are put together. */
  onLost(listener: (lines: number) => void): void {
    this.lossListener = listener;
  }

  /** Lines that could not be written: nobody reads, or not fast enough. */
  lose(lines: number): void {
    this.lossListener(lines);
  }

  add(level: string): void {
    this.listener(level);
  }
}
