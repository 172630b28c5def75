import { overloaded } from './overloaded.js';
import type { Policy, Work } from './policy.js';

export type LoadCause = 'event_loop' | 'heap';

/** What the process looks like at this moment. */
export interface Load {
  /** 99th percentile of the event loop's lateness, in milliseconds. */
  readonly lagMilliseconds: number;
  /** Share of the heap limit that is in use. */
  readonly heapRatio: number;
}

export interface LoadLimits {
  /** 0 is no limit. */
  readonly lagMilliseconds: number;
  /** 0 is no limit. */
  readonly heapRatio: number;
}

/** Told what a shedder does. Called synchronously. Must not throw. */
export interface LoadListener {
  /** Refusing begins (with its cause) or ends (without). */
  changed(cause: LoadCause | undefined, load: Load): void;
  shed(cause: LoadCause): void;
}

/**
 * Refuses new work while the process can hardly do what it has. Work that was begun goes on: better some answers than late ones
 * for everybody. Refusing costs next to nothing, so the process can recover under the same load.
 */
export class LoadShedder implements Policy {
  private cause: LoadCause | undefined;

  constructor(private readonly limits: LoadLimits, private readonly listener: LoadListener) {}

  /** Judges the load. What is decided here holds until the next look. */
  look(load: Load): void {
    const cause = this.causeOf(load);
    if (cause === this.cause) return;
    this.cause = cause;
    this.listener.changed(cause, load);
  }

  /** @throws Failure `overloaded` at once while the process is overloaded. */
  async execute<R>(work: Work<R>, signal: AbortSignal): Promise<R> {
    if (this.cause) {
      this.listener.shed(this.cause);
      throw overloaded('load_shed');
    }
    return work(signal, () => undefined);
  }

  private causeOf({ lagMilliseconds, heapRatio }: Load): LoadCause | undefined {
    if (this.limits.lagMilliseconds > 0 && lagMilliseconds > this.limits.lagMilliseconds) return 'event_loop';
    return this.limits.heapRatio > 0 && heapRatio > this.limits.heapRatio ? 'heap' : undefined;
  }
}
