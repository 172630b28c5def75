import { sql } from 'kysely';
import { ENDED } from './run-statements.js';
import type { Session } from './session.js';
import { Statement } from './statement.js';

/** What one step deletes at most: it holds up everything else on SQLite. */
const MOST_ROWS = 500;
const MOST_BYTES = 1_048_576;

interface Sized { readonly bytes: number }
interface Entry extends Sized { readonly number: number }

/** A log and the column that numbers its entries. */
const LOGS = [['run_events', 'seq'], ['run_observations', 'part']] as const;

const forgetLogSize = new Statement<string>(({ kysely }, given) => kysely.updateTable('runs').set({ log_bytes: 0 }).where('id', '=', given((id) => id)));

export const oldestLog = new Statement<void, { readonly id: string; readonly log_bytes: number }>(({ kysely }) => kysely.selectFrom('runs').select(['id', 'log_bytes'])
  .where('status', '=', ENDED).where('log_bytes', '>', sql.lit(0)).orderBy('ended_at').limit(sql.lit(1)));

/** Deletes the beginning of what is left of a run's log. False when nothing is left. */
export async function shortenLog(session: Session, runId: string): Promise<boolean> {
  for (const [table, number] of LOGS) {
    const last = await lastToGo(session, runId, table, number);
    if (last === undefined) continue;
    await sql`delete from ${sql.table(table)} where run_id = ${runId} and ${sql.ref(number)} <= ${last}`.execute(session.db);
    return true;
  }
  await session.change(forgetLogSize, runId);
  return false;
}

async function lastToGo({ db }: Session, runId: string, table: string, number: string): Promise<number | undefined> {
  const { rows } = await sql<Entry>`
    select ${sql.ref(number)} as number, octet_length(data) as bytes from ${sql.table(table)}
    where run_id = ${runId} order by ${sql.ref(number)} limit ${MOST_ROWS}`.execute(db);
  return oneStep(rows).at(-1)?.number;
}

/** The first of `rows` that may be deleted at once: one at least. */
export function oneStep<R extends Sized>(rows: readonly R[]): readonly R[] {
  let bytes = 0;
  const end = rows.findIndex((row) => (bytes += row.bytes) > MOST_BYTES);
  return end === -1 ? rows : rows.slice(0, Math.max(end, 1));
}
