import type { ErrorType } from '../../kernel/failure.js';
import type { Channel } from '../../kernel/run-context.js';
import type { RunOutcome, RunStatus } from '../run-record.js';

/** Times are milliseconds since 1970, truths are 0 or 1, and JSON is text: the same on both engines. */
export interface ConversationsTable {
  id: string;
  created_at: number;
  /** When a run of it last ended. */
  updated_at: number;
  ended_runs: number;
}

export interface RunsTable {
  id: string;
  conversation_id: string;
  status: RunStatus;
  outcome: RunOutcome | null;
  error_type: ErrorType | null;
  fence: number;
  attempts: number;
  /** The process that holds it, or held it last. */
  owner: string | null;
  lease_until: number | null;
  /** The conversation in which no other run may run meanwhile: none when it was only taken in order to be cancelled. */
  holds: string | null;
  cancel_requested: number;
  priority: number;
  detached: number;
  channel: Channel;
  correlation_id: string;
  user_id: string | null;
  traceparent: string | null;
  /** Grows with each run that a process creates, also within a millisecond and when the clock is set back. */
  arrival: number;
  /** Its place among the ended runs of its conversation, which no clock can change. */
  position: number | null;
  created_at: number;
  started_at: number | null;
  ended_at: number | null;
  /** What its events and observations take. */
  log_bytes: number;
  failure: string | null;
  message: string;
  turns: string | null;
  result: string | null;
}

export interface RunEventsTable {
  run_id: string;
  seq: number;
  at: number;
  type: string;
  data: string;
}

/** One row for each batch. */
export interface RunObservationsTable {
  run_id: string;
  part: number;
  data: string;
}

export interface IdempotencyKeysTable {
  route: string;
  key: string;
  fingerprint: string;
  run_id: string;
  created_at: number;
}

/** The tables, as Kysely knows them. */
export interface Schema {
  conversations: ConversationsTable;
  runs: RunsTable;
  run_events: RunEventsTable;
  run_observations: RunObservationsTable;
  idempotency_keys: IdempotencyKeysTable;
}
