/** Time as the application may read it. Injected, so that tests own it. */
export abstract class Clock {
  /** Milliseconds from an arbitrary start that never run backwards. For durations, deadlines and breakers. */
  abstract monotonic(): number;
  /** The date on the wall, which may jump. For timestamps only. */
  abstract wall(): Date;
  /** Resolves after `milliseconds`, never earlier by `monotonic()`. @throws the signal's reason, at once, when it is aborted. */
  abstract sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
}

/** The machine's own time. */
export class SystemClock extends Clock {
  override monotonic(): number {
    return performance.now();
  }

  override wall(): Date {
    return new Date();
  }

  override async sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const over = Promise.withResolvers<void>();
    const stop = (): void => over.reject(signal.reason);
    const timer = setTimeout(over.resolve, Math.ceil(milliseconds) + 1); // Node's timers count whole milliseconds, and may be one early.
    signal.addEventListener('abort', stop, { once: true });
    try {
      await over.promise;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
    }
  }
}
