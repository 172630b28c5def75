import type { Observer } from '../kernel/observer.js';
import { redactText } from '../kernel/redaction.js';

/** Characters of a stack that are told: enough to find the place. */
const MOST_STACK = 4_000;

/**
 * An error that nobody caught, a rejection included. Nothing can be relied on behind it, so the first one is told, redacted,
 * and the process ends with 1: in order where a command waits for its end (`untilSignal`), at once elsewhere.
 */
export class Crash {
  private tell: (error: unknown, origin: string) => void = sayOnStderr;
  private happened = false;

  private constructor() {}

  /** To be called once, before anything can fail. */
  static watch(): Crash {
    const crash = new Crash();
    process.on('uncaughtException', (error: unknown, origin) => crash.happens(error, origin));
    return crash;
  }

  /** True when the process has to end, whatever still runs in it. */
  get hasHappened(): boolean {
    return this.happened;
  }

  /** From now on the log tells of it, and `aloud` also a line for the person at the terminal. */
  observedBy(observer: Observer, { aloud }: { readonly aloud: boolean }): void {
    this.tell = (error, origin) => {
      observer.note('process.crashed', { origin, error: redactText(messageOf(error)), stack: redactText(stackOf(error).slice(0, MOST_STACK)) });
      if (aloud) sayOnStderr(error);
    };
  }

  private happens(error: unknown, origin: string): void {
    process.exitCode = 1;
    if (this.happened) return; // the same bug may come again with each request that is being finished
    this.happened = true;
    this.tell(error, origin);
    // Nobody else listens: there is nobody who would bring the process to its end.
    if (process.listenerCount('uncaughtException') === 1) process.exit();
  }
}

function sayOnStderr(error: unknown): void {
  process.stderr.write(`task-agent crashed: ${redactText(messageOf(error))}\n`);
}

function messageOf(thrown: unknown): string {
  const { message } = Object(thrown) as { message?: unknown };
  return typeof message === 'string' ? message : String(thrown);
}

function stackOf(thrown: unknown): string {
  const { stack } = Object(thrown) as { stack?: unknown };
  return typeof stack === 'string' ? stack : '';
}
