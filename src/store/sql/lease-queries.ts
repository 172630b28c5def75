import { sql } from 'kysely';
import type { Lease } from '../run-record.js';
import { RUN_COLUMNS, type RunRow } from './run-rows.js';
import { QUEUED, RUNNING, type Holder } from './run-statements.js';
import type { Session } from './session.js';
import { Statement } from './statement.js';

interface Id { readonly id: string }

export const cancelledRuns = new Statement<string, Id>(({ kysely }, given) => kysely.selectFrom('runs').select('id')
  .where('owner', '=', given((owner) => owner)).where('status', '=', RUNNING).where('cancel_requested', '=', 1));

/** Without those whose conversation is busy: they could not be taken, and would hide the others. */
export const queuedRuns = new Statement<number, Id>(({ kysely }, given) => kysely.selectFrom('runs').select('id')
  .where('status', '=', QUEUED)
  .where((run) => run.not(run.exists(run.selectFrom('runs as other').select('other.id')
    .whereRef('other.holds', '=', 'runs.conversation_id').where('other.status', '=', RUNNING))))
  .orderBy('priority', 'desc').orderBy('arrival')
  .limit(given((limit) => limit)));

const seizeRun = new Statement<Holder & { readonly orphan: Lease }, RunRow>(({ kysely, now }, given) => kysely.updateTable('runs')
  .set({
    owner: given(({ owner }) => owner), fence: sql<number>`fence + 1`,
    lease_until: sql<number>`${now} + ${given(({ leaseMilliseconds }) => leaseMilliseconds)}`,
  })
  .where('id', '=', given(({ orphan }) => orphan.runId)).where('fence', '=', given(({ orphan }) => orphan.fence)).where('status', '=', RUNNING)
  .returning(RUN_COLUMNS));

/** Renews the leases that this process still has; resolves with their runs. */
export async function renewLeases({ db, now }: Session, { owner, leaseMilliseconds }: Holder, runIds: readonly string[]): Promise<readonly string[]> {
  const rows = await db.updateTable('runs').set({ lease_until: sql<number>`${now} + ${leaseMilliseconds}` })
    .where('owner', '=', owner).where('status', '=', RUNNING).where('id', 'in', runIds)
    .returning('id').execute();
  return rows.map(({ id }) => id);
}

/** Several processes may do this at once: each run goes to one of them, for its fence moves with the first. */
export async function seizeRuns(session: Session, holder: Holder, limit: number): Promise<readonly RunRow[]> {
  const seized: RunRow[] = [];
  for (const { id, fence } of await orphans(session, holder, limit)) {
    const row = await session.first(seizeRun, { ...holder, orphan: { runId: id, fence } });
    if (row) seized.push(row);
  }
  return seized;
}

function orphans({ db, now, exclusive }: Session, { owner }: Holder, limit: number) {
  return db.selectFrom('runs').select(['id', 'fence'])
    .where('status', '=', RUNNING)
    .where((run) => run.or([run('lease_until', '<', now), ...(exclusive ? [run('owner', '!=', owner)] : [])]))
    .orderBy('arrival').limit(limit).execute();
}
