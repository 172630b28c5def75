import { sql } from 'kysely';
import { shortenLog, oneStep } from './log-pruning.js';
import { ENDED } from './run-statements.js';
import type { Session } from './session.js';

/** Runs that one step deletes at most. */
const MOST_RUNS = 100;

/** Conversations that a search looks at: those in use are passed over. */
const MOST_FOUND = 20;

/** Conversations that were not used for `milliseconds` and have nothing to do. */
export async function unusedConversations({ db, now }: Session, milliseconds: number): Promise<readonly string[]> {
  const rows = await db.selectFrom('conversations').select('id')
    .where('updated_at', '<', sql<number>`${now} - ${milliseconds}`)
    .where((conversation) => conversation.not(conversation.exists(conversation.selectFrom('runs').select('runs.id')
      .whereRef('runs.conversation_id', '=', 'conversations.id').where('runs.status', '!=', ENDED))))
    .orderBy('updated_at').limit(MOST_FOUND).execute();
  return rows.map(({ id }) => id);
}

/**
 * Deletes a part of a conversation, its oldest runs first, or the rest of it. Does nothing when it came into use again: what is left then
 * are whole runs. @returns what is gone; `rest` while there is more to delete
 */
export async function shortenConversation(session: Session, id: string, milliseconds: number): Promise<{ readonly runs: number; readonly conversations: number; readonly rest: boolean }> {
  const nothing = { runs: 0, conversations: 0, rest: false };
  if (!await unusedStill(session, id, milliseconds)) return nothing;
  const oldest = await oldestRuns(session, id);
  if (oldest[0] && oldest[0].log_bytes > 0 && await shortenLog(session, oldest[0].id)) return { ...nothing, rest: true };
  const nextWithLog = oldest.findIndex((run, place) => place > 0 && run.log_bytes > 0);
  const runs = oneStep(nextWithLog === -1 ? oldest : oldest.slice(0, nextWithLog)).map((run) => run.id);
  if (runs.length === 0) {
    await session.db.deleteFrom('conversations').where('id', '=', id).execute();
    return { ...nothing, conversations: 1 };
  }
  await session.db.deleteFrom('idempotency_keys').where('run_id', 'in', runs).execute();
  await session.db.deleteFrom('runs').where('id', 'in', runs).execute();
  return { ...nothing, runs: runs.length, rest: true };
}

/** In two steps: the second one sees a run that was begun while the first one waited for the lock. */
async function unusedStill({ db, now, exclusive }: Session, id: string, milliseconds: number): Promise<boolean> {
  const unused = await db.selectFrom('conversations').select('id')
    .where('id', '=', id).where('updated_at', '<', sql<number>`${now} - ${milliseconds}`)
    .$if(!exclusive, (query) => query.forUpdate()).execute();
  if (unused.length === 0) return false;
  const busy = await db.selectFrom('runs').select('id').where('conversation_id', '=', id).where('status', '!=', ENDED).limit(1).execute();
  return busy.length === 0;
}

function oldestRuns({ db }: Session, conversationId: string) {
  return db.selectFrom('runs')
    .select(['id', 'log_bytes', sql<number>`octet_length(message) + coalesce(octet_length(turns), 0) + coalesce(octet_length(result), 0)`.as('bytes')])
    .where('conversation_id', '=', conversationId).orderBy('created_at').orderBy('id').limit(MOST_RUNS).execute();
}
