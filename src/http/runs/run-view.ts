import { failureFrom } from '../../agent/stored-failure.js';
import type { RunResult } from '../../agent/run-result.js';
import type { RunRecord } from '../../store/run-record.js';
import { toProblem, type Problem } from '../problem.js';

/** A run as `GET /v1/runs/:id` shows it. Names are the wire's. */
export interface RunView {
  readonly run_id: string;
  readonly conversation_id: string;
  readonly correlation_id: string;
  readonly status: RunRecord['status'];
  /** Null until it ended. */
  readonly outcome: string | null;
  readonly error_type: string | null;
  readonly message: string;
  readonly priority: number;
  /** How many times it was begun. */
  readonly attempts: number;
  readonly cancel_requested: boolean;
  /** RFC 3339. */
  readonly created_at: string;
  readonly started_at: string | null;
  readonly ended_at: string | null;
  /** The answer; null when there is none (yet). */
  readonly result: RunResult | null;
  /** Why there is none; null when there is one, or may still be. */
  readonly error: Problem | null;
}

export function viewOf(run: RunRecord): RunView {
  return {
    run_id: run.id, conversation_id: run.conversationId, correlation_id: run.correlationId,
    status: run.status, outcome: run.outcome ?? null, error_type: run.errorType ?? null,
    message: run.message, priority: run.priority, attempts: run.attempts, cancel_requested: run.cancelRequested,
    created_at: moment(run.createdAt), started_at: momentOrNull(run.startedAt), ended_at: momentOrNull(run.endedAt),
    result: resultOn(run) ?? null, error: problemOn(run) ?? null,
  };
}

/** Where a run is found. */
export function addressOf(runId: string): string {
  return `/v1/runs/${runId}`;
}

/** The answer as it was given. */
export function resultOn({ result }: RunRecord): RunResult | undefined {
  return result as RunResult | undefined;
}

/** Why there is no answer, as it was told. */
export function problemOn({ failure, correlationId }: RunRecord): Problem | undefined {
  return failure && toProblem(failureFrom(failure), correlationId);
}

function moment(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}

function momentOrNull(milliseconds: number | undefined): string | null {
  return milliseconds === undefined ? null : moment(milliseconds);
}
