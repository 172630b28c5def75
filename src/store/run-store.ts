import type { IdempotencyClaim, Lease, NewRun, RunEnding, RunRecord, StoredEvent } from './run-record.js';

/** What became of a request to begin a run. */
export type Begun =
  | { readonly kind: 'created'; readonly lease: Lease }
  /** The key was used before; nothing was created. `same` tells whether for the same request. */
  | { readonly kind: 'known'; readonly run: RunRecord; readonly same: boolean };

/**
 * The life of runs: who holds which, and what has been done. Every method is one transaction. What it resolves with is committed.
 * Every method throws Failure `store_unavailable` when the database can not be reached.
 */
export abstract class RunStore {
  /**
   * Creates a run and takes it at once; its conversation with it, if need be.
   * @throws Failure `conversation_not_found`, or `conversation_busy` when another run of the conversation is running.
   */
  abstract begin(run: NewRun, claim?: IdempotencyClaim): Promise<Begun>;

  /** Creates a run that waits to be taken. @throws Failure `conversation_not_found` */
  abstract enqueue(run: NewRun, claim?: IdempotencyClaim): Promise<Begun>;

  /** Takes a queued run. `gone` when it is not queued (any more), `busy` while another run of its conversation is running. */
  abstract take(runId: string): Promise<{ readonly lease: Lease; readonly run: RunRecord } | 'gone' | 'busy'>;

  /** Appends to the log and renews the lease. @throws Failure `lease_lost`; then nothing was written. */
  abstract append(lease: Lease, events: readonly StoredEvent[]): Promise<{ readonly cancelRequested: boolean }>;

  /** Ends a run: its log, its answer, and the turns of its conversation at once. @throws Failure `lease_lost` */
  abstract end(lease: Lease, ending: RunEnding): Promise<void>;

  /**
   * Gives a run back to the queue. With `asAttempt` what was done counts as one of its attempts.
   * @throws Failure `lease_lost`
   */
  abstract handBack(lease: Lease, events: readonly StoredEvent[], options: { readonly asAttempt: boolean }): Promise<void>;

  /** Renews the leases of these runs. Resolves with those that this process still holds. */
  abstract renew(runIds: readonly string[]): Promise<readonly string[]>;

  /** Runs that this process holds and that somebody asked to cancel. */
  abstract cancelled(): Promise<readonly string[]>;

  /** Takes runs over whose holder is gone: the lease ran out, or, where only one process can have the store, another one held it. */
  abstract seizeOrphans(limit: number): Promise<readonly { readonly lease: Lease; readonly run: RunRecord }[]>;

  /** The next queued runs in the order in which they are to be taken: by priority, then by age. */
  abstract queued(limit: number): Promise<readonly string[]>;

  /**
   * Asks for the end of a run. A queued one is taken and returned as `lease`, so that the caller ends it; a running one ends when its
   * holder sees it. Undefined when there is no such run.
   */
  abstract requestCancel(runId: string): Promise<{ readonly run: RunRecord; readonly lease?: Lease } | undefined>;
}
