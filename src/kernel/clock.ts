/** Time as the application may read it. Injected, so that tests own it. */
export abstract class Clock {
  /** Milliseconds from an arbitrary start that never run backwards. For durations, deadlines and breakers. */
  abstract monotonic(): number;
  /** The date on the wall, which may jump. For timestamps only. */
  abstract wall(): Date;
}

/** The machine's own time. */
export class SystemClock extends Clock {
  override monotonic(): number {
    return performance.now();
  }

  override wall(): Date {
    return new Date();
  }
}
