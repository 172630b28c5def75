import { sql, type ExpressionBuilder, type Kysely } from 'kysely';
import type { RunFilter } from '../run-reader.js';
import type { Position } from './cursor.js';
import type { Schema } from './schema.js';

/** Runs that a search looks at for one page where no index leads to those it wants: some 20 ms on SQLite, which holds everything else up. */
const MOST_LOOKED_AT = 30_000;

/** The runs that `filter` lets through, and that come behind a position. */
export function filtered(db: Kysely<Schema>, filter: RunFilter, before?: Position) {
  const { conversationId, status, outcome, minDurationMilliseconds: least, maxDurationMilliseconds: most } = filter;
  const duration = sql<number>`runs.ended_at - runs.started_at`;
  return inSight(db, filter, before)
    // Written out, so that the partial indexes are used.
    .$if(status !== undefined, (query) => query.where('runs.status', '=', sql.lit(status ?? 'ended')))
    .$if(outcome !== undefined && outcome !== 'success' && conversationId === undefined, (query) => query.where('runs.outcome', '!=', sql.lit('success')))
    .$if(outcome !== undefined, (query) => query.where('runs.outcome', '=', outcome ?? null))
    .$if(least !== undefined, (query) => query.where(duration, '>=', least ?? 0))
    .$if(most !== undefined, (query) => query.where(duration, '<=', most ?? 0));
}

/** How far a search goes for one page: undefined for to the end. The next page begins there, although this one may not be full. */
export async function horizonOf(db: Kysely<Schema>, filter: RunFilter, before?: Position): Promise<Position | undefined> {
  const { minDurationMilliseconds: least, maxDurationMilliseconds: most, outcome } = filter;
  if (least === undefined && most === undefined && outcome !== 'success') return undefined;
  return inSight(db, filter, before).select(['runs.created_at as createdAt', 'runs.id'])
    .orderBy('runs.created_at', 'desc').orderBy('runs.id', 'desc').offset(MOST_LOOKED_AT).limit(1).executeTakeFirst();
}

/** At a position, or newer. */
export function notBehind(position?: Position) {
  return (run: ExpressionBuilder<Schema, 'runs'>) => run(run.refTuple('runs.created_at', 'runs.id'), '>=', run.tuple(position?.createdAt ?? 0, position?.id ?? ''));
}

/** What an index finds. */
function inSight(db: Kysely<Schema>, filter: RunFilter, before?: Position) {
  const { conversationId, since, until } = filter;
  return db.selectFrom('runs')
    .$if(conversationId !== undefined, (query) => query.where('runs.conversation_id', '=', conversationId ?? ''))
    .$if(since !== undefined, (query) => query.where('runs.created_at', '>=', since ?? 0))
    .$if(until !== undefined, (query) => query.where('runs.created_at', '<', until ?? 0))
    .$if(before !== undefined, (query) => query.where(sql<boolean>`(${ageFor(filter)}, runs.id) < (${before?.createdAt}, ${before?.id})`));
}

/** By what runs are put in order. The sign keeps SQLite from looking for the few that are at work along the index of all. */
export function ageFor({ status }: RunFilter) {
  return status === 'running' || status === 'queued' ? sql<number>`+runs.created_at` : sql<number>`runs.created_at`;
}
