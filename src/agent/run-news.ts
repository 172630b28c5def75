import { Injectable } from '@nestjs/common';

/** Tells those in this process who follow a run that there is something new on record of it. */
@Injectable()
export class RunNews {
  private readonly waiting = new Map<string, Set<() => void>>();

  tell(runId: string): void {
    const listeners = this.waiting.get(runId);
    this.waiting.delete(runId);
    for (const listener of listeners ?? []) listener();
  }

  /** Resolves at the next news of the run, after so many milliseconds (another process may carry it out), or when the signal aborts. */
  wait(runId: string, milliseconds: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const listeners = this.waiting.get(runId) ?? new Set();
      const done = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        listeners.delete(done);
        if (listeners.size === 0 && this.waiting.get(runId) === listeners) this.waiting.delete(runId);
        resolve();
      };
      const timer = setTimeout(done, milliseconds);
      signal.addEventListener('abort', done, { once: true });
      this.waiting.set(runId, listeners.add(done));
      if (signal.aborted) done();
    });
  }
}
