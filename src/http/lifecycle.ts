import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { setTimeout as wait } from 'node:timers/promises';
import { HeldRuns } from '../agent/held-runs.js';
import { Observer } from '../kernel/observer.js';
import { RunQueue } from '../queue/run-queue.js';
import { WorkerSettings } from '../settings/settings.js';

/** Milliseconds for runs that are cut off to be put on record. */
const LAST_WORDS_MILLISECONDS = 1_000;

/** Where the process is between its start and its end. */
@Injectable()
export class Lifecycle implements OnApplicationShutdown {
  private isDraining = false;
  private reason = 'finished';

  constructor(
    private readonly held: HeldRuns,
    private readonly queue: RunQueue,
    /** How long the end may take. */
    readonly limits: WorkerSettings,
    private readonly observer: Observer,
  ) {}

  /** True from the moment the process was asked to end: load balancers must stop sending requests. */
  get draining(): boolean {
    return this.isDraining;
  }

  /**
   * Takes nothing on any more, and brings what runs to its end: runs that can be found again go back to the queue at their next step,
   * others finish. Resolves when nothing runs; after DRAIN_TIMEOUT whoever still waits is told. `listenMilliseconds`: so long it
   * takes at least, because requests are still on their way here.
   */
  async drain(reason: string, listenMilliseconds = 0): Promise<void> {
    if (this.isDraining) return;
    this.isDraining = true;
    this.reason = reason;
    this.observer.note('application.draining', { reason });
    this.held.drain();
    await Promise.all([this.queue.stop(), this.held.settled(this.limits.drainMilliseconds), wait(listenMilliseconds, undefined, { ref: false })]);
    this.held.abandon();
    await this.held.settled(LAST_WORDS_MILLISECONDS);
  }

  /** @internal The last line of the log: nothing was cut off. */
  onApplicationShutdown(): void {
    this.observer.note('application.shutdown', { reason: this.reason });
  }
}
