import type { Selectable } from 'kysely';
import type { RunRecord, StoredFailure } from '../run-record.js';
import type { RunsTable } from './schema.js';

/** The columns of a run that anybody may see: without its lease, and without the turns, which are long. */
export const RUN_COLUMNS = [
  'runs.id', 'runs.conversation_id', 'runs.status', 'runs.outcome', 'runs.error_type', 'runs.fence', 'runs.attempts', 'runs.cancel_requested',
  'runs.priority', 'runs.detached', 'runs.channel', 'runs.correlation_id', 'runs.user_id', 'runs.traceparent', 'runs.created_at',
  'runs.started_at', 'runs.ended_at', 'runs.failure', 'runs.message', 'runs.result',
] as const;

type Hidden = 'owner' | 'lease_until' | 'holds' | 'arrival' | 'position' | 'log_bytes' | 'turns';
export type RunRow = Omit<Selectable<RunsTable>, Hidden>;

export function recordOf(row: RunRow): RunRecord {
  return {
    id: row.id, conversationId: row.conversation_id, correlationId: row.correlation_id, channel: row.channel, message: row.message,
    detached: row.detached === 1, priority: row.priority, status: row.status, fence: row.fence, attempts: row.attempts,
    cancelRequested: row.cancel_requested === 1, createdAt: row.created_at,
    ...present('userId', row.user_id), ...present('traceparent', row.traceparent), ...present('outcome', row.outcome),
    ...present('errorType', row.error_type), ...present('startedAt', row.started_at), ...present('endedAt', row.ended_at),
    ...present('result', parsed<object>(row.result)), ...present('failure', parsed<StoredFailure>(row.failure)),
  };
}

/** What a row takes beside its text, roughly. */
const ROW_BYTES = 64;

export function bytesOf(texts: readonly string[]): number {
  return texts.reduce((sum, text) => sum + Buffer.byteLength(text) + ROW_BYTES, 0);
}

function parsed<T>(json: string | null): T | null {
  return json === null ? null : JSON.parse(json) as T;
}

function present<K extends string, V>(name: K, value: V | null): Partial<Record<K, V>> {
  return value === null ? {} : { [name]: value } as Record<K, V>;
}
