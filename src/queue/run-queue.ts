export interface QueuedRun {
  readonly runId: string;
  /** 0 to 9; the higher one goes first. */
  readonly priority: number;
}

/** `busy`: the run has to wait, because another one of its conversation is running. It is offered again soon. */
export type Handled = 'done' | 'busy';

/**
 * Tells workers which runs wait. What counts is what the store says: a message is only a hint, so one that comes twice, late or not
 * at all does no harm.
 */
export abstract class RunQueue {
  /** Tells of a run that is on record as queued. @throws Failure `store_unavailable` */
  abstract send(run: QueuedRun): Promise<void>;

  /** Tells once more of runs that still wait, in case a message was lost. May be called often. @throws Failure `store_unavailable` */
  abstract remind(runIds: readonly string[]): Promise<void>;

  /** From now on gives waiting runs to `handle`, at most so many at once. `handle` must not throw. */
  abstract work(handle: (runId: string) => Promise<Handled>, concurrency: number): Promise<void>;

  /** Gives out no more runs. Those that were given out go on. */
  abstract stop(): Promise<void>;

  /** Gives back what it holds of the outside. */
  abstract close(): Promise<void>;
}
