import { Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import { Observer } from '../kernel/observer.js';
import { RunQueue } from '../queue/run-queue.js';
import { Retention } from '../store/retention.js';
import { RunStore } from '../store/run-store.js';
import { Ticker } from './ticker.js';

const COUNT_MILLISECONDS = 10_000;
const PRUNE_MILLISECONDS = 300_000;
/** Runs of which the workers are told once more at a time. */
const MOST_REMINDERS = 100;

/** Looks after the store: tells what it holds, reminds the workers of what waits, and deletes what is old. */
@Injectable()
export class Upkeep implements BeforeApplicationShutdown {
  private readonly tickers: readonly Ticker[];

  constructor(
    private readonly retention: Retention,
    private readonly store: RunStore,
    private readonly queue: RunQueue,
    private readonly observer: Observer,
  ) {
    this.tickers = [new Ticker(() => this.count(), COUNT_MILLISECONDS), new Ticker((signal) => this.prune(signal), PRUNE_MILLISECONDS)];
  }

  start(): void {
    for (const ticker of this.tickers) ticker.start();
  }

  beforeApplicationShutdown(): void {
    for (const ticker of this.tickers) ticker.stop();
  }

  /** Tells what the store holds now. @throws Failure `store_unavailable` */
  async count(): Promise<void> {
    const { conversations, queuedRuns, runningRuns, oldestQueuedMilliseconds, oldestRunningMilliseconds, logBytes } = await this.retention.figures();
    this.observer.note('store.counted', {
      conversations, queued: queuedRuns, running: runningRuns, log_bytes: logBytes,
      oldest_queued_seconds: oldestQueuedMilliseconds / 1_000, oldest_running_seconds: oldestRunningMilliseconds / 1_000,
    });
    if (queuedRuns > 0) await this.queue.remind(await this.store.queued(MOST_REMINDERS));
  }

  /** Deletes what is too old or too much, now. @throws Failure `store_unavailable` */
  async prune(signal: AbortSignal): Promise<void> {
    const pruned = await this.retention.prune(signal);
    if (pruned.conversations + pruned.runs + pruned.keys > 0) this.observer.note('store.pruned', { ...pruned });
  }
}
