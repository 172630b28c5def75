import { sql } from 'kysely';
import type { Lease, NewRun } from '../run-record.js';
import { RUN_COLUMNS, type RunRow } from './run-rows.js';
import { Statement } from './statement.js';

/** Which process takes or holds a run, and for how long. */
export interface Holder {
  readonly owner: string;
  readonly leaseMilliseconds: number;
}

export interface Creation extends Holder {
  readonly run: NewRun;
  /** 1 when it is begun at once. */
  readonly held: 0 | 1;
  readonly arrival: number;
}

interface Taking extends Holder { readonly runId: string }

/** Written out where a partial index is to be used: SQLite does not see through a parameter. */
export const QUEUED = sql.lit<'queued'>('queued');
export const RUNNING = sql.lit<'running'>('running');
export const ENDED = sql.lit<'ended'>('ended');

export const beginConversation = new Statement<string>(({ kysely, now }, given) => kysely.insertInto('conversations')
  .values({ id: given((id) => id), created_at: now, updated_at: now, ended_runs: 0 })
  .onConflict((conflict) => conflict.column('id').doNothing()));

/** Counts a run that is about to end. */
export const useConversation = new Statement<Lease, { readonly ended_runs: number }>(({ kysely, now }, given) => kysely.updateTable('conversations')
  .set({ updated_at: now, ended_runs: sql<number>`ended_runs + 1` })
  .where('id', '=', (conversation) => conversation.selectFrom('runs').select('conversation_id').where('runs.id', '=', given(({ runId }) => runId)))
  .returning('ended_runs'));

export const findConversation = new Statement<string, { readonly id: string }>(
  ({ kysely }, given) => kysely.selectFrom('conversations').select('id').where('id', '=', given((id) => id)),
);

/** When it is taken: waits for a run of the same conversation that is just being begun or ended, and then violates the index or does not. */
export const insertRun = new Statement<Creation>(({ kysely, now }, given) => kysely.insertInto('runs').values({
  id: given(({ run }) => run.id), conversation_id: given(({ run }) => run.conversationId), correlation_id: given(({ run }) => run.correlationId),
  user_id: given(({ run }) => run.userId ?? null), channel: given(({ run }) => run.channel), message: given(({ run }) => run.message),
  detached: given(({ run }) => Number(run.detached)), priority: given(({ run }) => run.priority), traceparent: given(({ run }) => run.traceparent ?? null),
  arrival: given(({ arrival }) => arrival), created_at: now, cancel_requested: 0, log_bytes: 0,
  status: given(({ held }) => (held ? 'running' : 'queued')), holds: given(({ held, run }) => (held ? run.conversationId : null)),
  fence: given(({ held }) => held), attempts: given(({ held }) => held), owner: given(({ held, owner }) => (held ? owner : null)),
  lease_until: sql<number>`${now} + ${given(({ held, leaseMilliseconds }) => (held ? leaseMilliseconds : null))}`,
  started_at: sql<number>`${now} + ${given(({ held }) => (held ? 0 : null))}`,
}));

/** Takes a queued run in order to carry it out. */
export const takeRun = new Statement<Taking, RunRow>(({ kysely, now }, given) => kysely.updateTable('runs')
  .set((run) => ({
    status: RUNNING, holds: run.ref('conversation_id'), owner: given(({ owner }) => owner), fence: sql<number>`fence + 1`, attempts: sql<number>`attempts + 1`,
    lease_until: sql<number>`${now} + ${given(({ leaseMilliseconds }) => leaseMilliseconds)}`, started_at: run.fn.coalesce(run.ref('started_at'), now),
  }))
  .where('id', '=', given(({ runId }) => runId)).where('status', '=', QUEUED)
  .returning(RUN_COLUMNS));

/** Locks the run as well, so that it stays what it is until the transaction is over. */
export const askToCancel = new Statement<string, RunRow>(({ kysely }, given) => kysely.updateTable('runs')
  .set({ cancel_requested: 1 })
  .where('id', '=', given((id) => id)).where('status', '!=', ENDED)
  .returning(RUN_COLUMNS));

/** Takes a queued run in order to end it, which may be done while another one of its conversation is running. */
export const takeToCancel = new Statement<Taking, RunRow>(({ kysely, now }, given) => kysely.updateTable('runs')
  .set({
    status: RUNNING, owner: given(({ owner }) => owner), fence: sql<number>`fence + 1`,
    lease_until: sql<number>`${now} + ${given(({ leaseMilliseconds }) => leaseMilliseconds)}`,
  })
  .where('id', '=', given(({ runId }) => runId)).where('status', '=', QUEUED)
  .returning(RUN_COLUMNS));

export const findRun = new Statement<string, RunRow>(({ kysely }, given) => kysely.selectFrom('runs').select(RUN_COLUMNS).where('id', '=', given((id) => id)));
