import type { Message } from '../kernel/transcript.js';
import type { IdempotencyClaim, RunOutcome, RunRecord, RunStatus, StoredEvent } from './run-record.js';

export interface RunFilter {
  readonly conversationId?: string;
  readonly status?: RunStatus;
  readonly outcome?: RunOutcome;
  readonly minDurationMilliseconds?: number;
  readonly maxDurationMilliseconds?: number;
  /** Created at or after / before, in milliseconds since 1970. */
  readonly since?: number;
  readonly until?: number;
}

export interface Page<T> {
  readonly items: readonly T[];
  /** Where the next page begins; undefined behind the last one. */
  readonly next?: string;
}

export interface ConversationRecord {
  readonly id: string;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly messages: readonly Message[];
}

/** Reads what runs and conversations have left. Throws Failure `store_unavailable` when the database can not be reached. */
export abstract class RunReader {
  abstract find(runId: string): Promise<RunRecord | undefined>;

  /** The run that was made under this key in the last 24 hours. `same` tells whether for the same request. */
  abstract known(claim: IdempotencyClaim): Promise<{ readonly run: RunRecord; readonly same: boolean } | undefined>;

  /** The newest first. @throws Failure `invalid_request` for a cursor that is none. */
  abstract list(filter: RunFilter, limit: number, cursor?: string): Promise<Page<RunRecord>>;

  /** Entries of a run's log with a higher number than `after`, in order; a batch is returned whole when any piece of it is. */
  abstract events(runId: string, after: number, limit: number): Promise<readonly StoredEvent[]>;

  /** The messages of a conversation's ended runs, in order. Undefined when there is no such conversation (any more). */
  abstract history(conversationId: string): Promise<readonly Message[] | undefined>;

  abstract conversation(conversationId: string): Promise<ConversationRecord | undefined>;
}
