/** One thing that was noted about a run. */
export interface JournalEntry {
  /** Milliseconds since 1970; of an operation, when it began. */
  readonly at: number;
  /** Name of an operation or a fact of the catalogue. */
  readonly name: string;
  /** Its attributes, without content; of an operation also duration_ms, status and, if it failed, error_type and error. */
  readonly data: object;
}

/** Takes a run's entries, some at a time. Must not throw. */
export type JournalSink = (runId: string, entries: readonly JournalEntry[]) => void;

/** The journal as its keeper sees it: without one, entries are dropped. */
export abstract class Journal {
  abstract writeTo(sink: JournalSink): void;
}
