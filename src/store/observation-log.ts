/** One thing that the journal noted about a run. Times in milliseconds since 1970. */
export interface StoredObservation {
  readonly at: number;
  /** Name of an operation or a fact. */
  readonly name: string;
  readonly data: object;
}

/** What was observed of runs, for whoever asks later why. Written in batches, beside the run, and may be lost with the process. */
export abstract class ObservationLog {
  abstract append(runId: string, observations: readonly StoredObservation[]): Promise<void>;

  abstract read(runId: string): Promise<readonly StoredObservation[]>;
}
