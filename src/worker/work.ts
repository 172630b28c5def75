import { Injectable } from '@nestjs/common';
import { Database } from '../store/sql/database.js';
import { Recovery } from './recovery.js';
import { RunWorker } from './run-worker.js';
import { Upkeep } from './upkeep.js';

/** What a process does with the store besides answering requests: open it, recover, look after it, and take runs from the queue. */
@Injectable()
export class Work {
  constructor(
    private readonly database: Database,
    private readonly worker: RunWorker,
    private readonly recovery: Recovery,
    private readonly upkeep: Upkeep,
  ) {}

  /**
   * Opens the store. A server that can not be reached is waited for in the background.
   * @throws Failure `store_locked`, `store_corrupt` or `store_too_new`
   */
  open(): Promise<void> {
    return this.database.open();
  }

  /** Begins in the background. */
  start({ takeRuns }: { readonly takeRuns: boolean }): void {
    this.recovery.start();
    this.upkeep.start();
    if (takeRuns) void this.worker.start();
  }
}
