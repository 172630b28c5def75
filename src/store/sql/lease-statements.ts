import { sql, type Kysely, type UpdateQueryBuilder } from 'kysely';
import type { Lease, RunEnding, StoredEvent } from '../run-record.js';
import type { Holder } from './run-statements.js';
import { ENDED, QUEUED, RUNNING } from './run-statements.js';
import type { RunsTable, Schema } from './schema.js';
import { Statement, type Given } from './statement.js';

/** What is written under a lease: it is written only while the lease is good. */
export interface Writing extends Holder {
  readonly lease: Lease;
  /** What it adds to the log. */
  readonly bytes: number;
}

/** An ending as it is stored. */
export interface Ending extends Writing {
  readonly outcome: RunEnding['outcome'];
  readonly errorType: RunsTable['error_type'];
  readonly result: string | null;
  readonly failure: string | null;
  readonly turns: string | null;
}

type RunUpdate = UpdateQueryBuilder<Schema, 'runs', 'runs', object>;

/** The fence: whoever lost the run changes nothing. */
function underLease<P extends Writing>(update: RunUpdate, given: Given<P>): RunUpdate {
  return update
    .where('id', '=', given(({ lease }) => lease.runId))
    .where('fence', '=', given(({ lease }) => lease.fence))
    .where('owner', '=', given(({ owner }) => owner))
    .where('status', '=', RUNNING);
}

const runs = (kysely: Kysely<Schema>): RunUpdate => kysely.updateTable('runs');

export const renewLease = new Statement<Writing, { readonly cancel_requested: number }>(({ kysely, now }, given) => underLease(runs(kysely)
  .set({
    lease_until: sql<number>`${now} + ${given(({ leaseMilliseconds }) => leaseMilliseconds)}`,
    log_bytes: sql<number>`log_bytes + ${given(({ bytes }) => bytes)}`,
  }), given)
  .returning('cancel_requested'));

export const endRun = new Statement<Ending & { readonly position: number }, { readonly id: string }>(({ kysely, now }, given) => underLease(runs(kysely)
  .set({
    status: ENDED, lease_until: null, log_bytes: sql<number>`log_bytes + ${given(({ bytes }) => bytes)}`,
    outcome: given(({ outcome }) => outcome), error_type: given(({ errorType }) => errorType), result: given(({ result }) => result),
    failure: given(({ failure }) => failure), turns: given(({ turns }) => turns),
    position: given(({ position }) => position), holds: null,
    // The clock may have been set back: nothing ends before it began.
    ended_at: sql<number>`case when started_at > ${now} then started_at else ${now} end`,
  }), given)
  .returning('id'));

export const giveBack = new Statement<Writing & { readonly asAttempt: boolean }, { readonly id: string }>(({ kysely }, given) => underLease(runs(kysely)
  .set({
    status: QUEUED, owner: null, lease_until: null, holds: null, attempts: sql<number>`attempts - ${given(({ asAttempt }) => (asAttempt ? 0 : 1))}`,
    log_bytes: sql<number>`log_bytes + ${given(({ bytes }) => bytes)}`,
  }), given)
  .returning('id'));

/** Finds a run that was ended in this very way under this lease: the answer to its commit was lost. */
export const alreadyEnded = new Statement<Ending, { readonly id: string }>(({ kysely }, given) => kysely.selectFrom('runs').select('id')
  .where('id', '=', given(({ lease }) => lease.runId))
  .where('fence', '=', given(({ lease }) => lease.fence))
  .where('owner', '=', given(({ owner }) => owner))
  .where('status', '=', ENDED)
  .where('outcome', '=', given(({ outcome }) => outcome))
  .where((run) => run(run.fn.coalesce(run.ref('result'), sql.lit('')), '=', given(({ result }) => result ?? '')))
  .where((run) => run(run.fn.coalesce(run.ref('turns'), sql.lit('')), '=', given(({ turns }) => turns ?? ''))));

/** Finds a run that was given back under this lease, and not taken since. */
export const alreadyGivenBack = new Statement<Writing, { readonly id: string }>(({ kysely }, given) => kysely.selectFrom('runs').select('id')
  .where('id', '=', given(({ lease }) => lease.runId))
  .where('fence', '=', given(({ lease }) => lease.fence))
  .where('status', '=', QUEUED));

/** Rows of one statement: few enough that each number of them is compiled once and kept. */
export const MOST_EVENTS_AT_ONCE = 20;

/** An event with its data as text. */
export type EventRow = Omit<StoredEvent, 'data'> & { readonly data: string };
interface Events { readonly runId: string; readonly events: readonly EventRow[] }

/** What is there already is left as it is: a transaction may be repeated after its commit. */
export const insertEvents = Array.from({ length: MOST_EVENTS_AT_ONCE }, (_, rows) => new Statement<Events>(({ kysely }, given) => kysely
  .insertInto('run_events')
  .values(Array.from({ length: rows + 1 }, (__, row) => {
    const event = <K extends keyof EventRow>(field: K) => given(({ events }) => (events[row] as EventRow)[field]);
    return { run_id: given(({ runId }) => runId), seq: event('seq'), at: event('at'), type: event('type'), data: event('data') };
  }))
  .onConflict((conflict) => conflict.columns(['run_id', 'seq']).doNothing())));
