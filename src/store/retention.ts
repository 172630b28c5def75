/** What the store holds. */
export interface StoreFigures {
  readonly conversations: number;
  readonly queuedRuns: number;
  readonly runningRuns: number;
  /** How long ago the oldest run that waits was put on record; 0 when none waits. */
  readonly oldestQueuedMilliseconds: number;
  /** How long ago the oldest run that runs began for the first time; 0 when none runs. */
  readonly oldestRunningMilliseconds: number;
  readonly logBytes: number;
}

export interface Pruned {
  readonly conversations: number;
  readonly runs: number;
  readonly keys: number;
}

/** Keeps the store from growing for ever. */
export abstract class Retention {
  abstract figures(): Promise<StoreFigures>;

  /** Deletes what is too old or too much, in small steps between which others get their turn. Resolves with what went. */
  abstract prune(signal: AbortSignal): Promise<Pruned>;
}
