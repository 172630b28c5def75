import { Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import { cancelled, HeldRuns } from '../agent/held-runs.js';
import { RunExecutor } from '../agent/run-executor.js';
import { Failure } from '../kernel/failure.js';
import { Observer } from '../kernel/observer.js';
import { StoreSettings } from '../settings/settings.js';
import { MOST_ATTEMPTS, type Lease, type RunRecord } from '../store/run-record.js';
import { RunStore } from '../store/run-store.js';
import { Ticker } from './ticker.js';

/** Looks for orphans in the time of one lease: so long can a run wait beyond its lease until somebody finds it. */
const LOOKS_PER_LEASE = 12;
/** Orphans that are taken over at once. */
const BATCH = 20;

interface Orphan {
  readonly lease: Lease;
  readonly run: RunRecord;
}

/** Finds runs whose process is gone. Those that somebody can find again go on; of the others nobody would hear, so they end. */
@Injectable()
export class Recovery implements BeforeApplicationShutdown {
  private readonly ticker: Ticker;

  constructor(
    private readonly store: RunStore,
    private readonly held: HeldRuns,
    private readonly executor: RunExecutor,
    private readonly observer: Observer,
    settings: StoreSettings,
  ) {
    this.ticker = new Ticker(() => this.look(), settings.leaseMilliseconds / LOOKS_PER_LEASE);
  }

  start(): void {
    this.ticker.start();
  }

  beforeApplicationShutdown(): void {
    this.ticker.stop();
  }

  private async look(): Promise<void> {
    for (;;) {
      const orphans = await this.store.seizeOrphans(BATCH);
      for (const orphan of orphans) await this.settled(orphan);
      if (orphans.length < BATCH) return;
    }
  }

  /** One that can not be settled is found again after its lease, and is in nobody's way. */
  private async settled(orphan: Orphan): Promise<void> {
    try {
      await this.settle(orphan);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
    }
  }

  private async settle({ lease, run }: Orphan): Promise<void> {
    const failure = reasonToEnd(run);
    if (failure) {
      await this.executor.close(lease, failure);
      this.observer.note('run.closed', { run_id: run.id, error_type: failure.errorType });
    } else {
      await this.held.handBack(lease, { events: [], asAttempt: true, priority: run.priority });
      this.observer.note('run.recovered', { run_id: run.id, attempt: run.attempts });
    }
  }
}

function reasonToEnd({ cancelRequested, detached, attempts }: RunRecord): Failure | undefined {
  if (cancelRequested) return cancelled();
  if (!detached) return new Failure('run_interrupted', { errorType: 'interrupted', retryable: true, publicMessage: 'The process that answered ended. Nothing of this run was kept; ask again.' });
  if (attempts < MOST_ATTEMPTS) return undefined;
  return new Failure('attempts_exhausted', { errorType: 'attempts_exhausted', publicMessage: `The run was begun ${attempts} times, and its process ended each time.` });
}
