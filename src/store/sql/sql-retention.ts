import { sql } from 'kysely';
import { setImmediate } from 'node:timers/promises';
import { Retention, type Pruned, type StoreFigures } from '../retention.js';
import { shortenConversation, unusedConversations } from './conversation-pruning.js';
import type { Database } from './database.js';
import { forgetOldKeys, MOST_KEYS_AT_ONCE } from './key-statements.js';
import { oldestLog, shortenLog } from './log-pruning.js';
import { ENDED, QUEUED, RUNNING } from './run-statements.js';
import { Statement } from './statement.js';

/** How much is kept: for how long a conversation that is not used, and how much of what happened in runs. */
export interface Limits {
  readonly retentionMilliseconds: number;
  readonly mostLogBytes: number;
}

type Gone = { -readonly [K in keyof Pruned]: Pruned[K] };

/**
 * Looks only at what has not ended, through the partial indexes, and at the sizes of logs. A minimum beside a count, as here, is computed from
 * those rows; alone it would tempt either engine to walk through all runs in the order of their time until one is found.
 */
const figures = new Statement<void, StoreFigures>(({ kysely, now }) => {
  const runs = kysely.selectFrom('runs');
  const count = sql<number>`count(*)`.as('runs');
  const bytes = sql<number>`coalesce(cast(sum(log_bytes) as bigint), 0)`.as('bytes');
  const age = (since: 'created_at' | 'started_at') => sql<number>`coalesce(${now} - min(${sql.ref(since)}), 0)`.as('age');
  return kysely.selectFrom([
    kysely.selectFrom('conversations').select(sql<number>`count(*)`.as('conversations')).as('kept'),
    runs.select([count, bytes, age('created_at')]).where('status', '=', QUEUED).as('queued'),
    runs.select([count, bytes, age('started_at')]).where('status', '=', RUNNING).as('running'),
    runs.select(bytes).where('status', '=', ENDED).where('log_bytes', '>', sql.lit(0)).as('ended'),
  ]).select([
    'kept.conversations', 'queued.runs as queuedRuns', 'running.runs as runningRuns',
    'queued.age as oldestQueuedMilliseconds', 'running.age as oldestRunningMilliseconds',
    sql<number>`ended.bytes + running.bytes + queued.bytes`.as('logBytes'),
  ]);
});

const NOTHING: StoreFigures = { conversations: 0, queuedRuns: 0, runningRuns: 0, oldestQueuedMilliseconds: 0, oldestRunningMilliseconds: 0, logBytes: 0 };

/** Keeps a database within limits. */
export class SqlRetention extends Retention {
  constructor(private readonly database: Database, private readonly limits: Limits) {
    super();
  }

  override async figures(): Promise<StoreFigures> {
    const found = await this.database.read((session) => session.first(figures, undefined)) ?? NOTHING;
    const { oldestQueuedMilliseconds: queued, oldestRunningMilliseconds: running } = found;
    // The clock of the database may have been set back: nothing began in the future.
    return { ...found, oldestQueuedMilliseconds: Math.max(queued, 0), oldestRunningMilliseconds: Math.max(running, 0) };
  }

  /** A run of a conversation that stays, and that lost its log, counts as a run that went. When aborted, resolves with what went till then. */
  override async prune(signal: AbortSignal): Promise<Pruned> {
    const gone: Gone = { conversations: 0, runs: 0, keys: 0 };
    await repeatedly(signal, () => this.pruneKeys(gone));
    await repeatedly(signal, () => this.pruneConversations(gone, signal));
    await this.pruneLogs(gone, signal);
    return gone;
  }

  private async pruneKeys(gone: Gone): Promise<boolean> {
    const keys = await this.database.transact((session) => session.change(forgetOldKeys, undefined));
    gone.keys += keys;
    return keys === MOST_KEYS_AT_ONCE;
  }

  /** True when some went, so that there may be more. */
  private async pruneConversations(gone: Gone, signal: AbortSignal): Promise<boolean> {
    const { retentionMilliseconds } = this.limits;
    const before = gone.conversations;
    for (const id of await this.database.read((session) => unusedConversations(session, retentionMilliseconds))) {
      await repeatedly(signal, async () => {
        const { runs, conversations, rest } = await this.database.transact((session) => shortenConversation(session, id, retentionMilliseconds));
        gone.runs += runs;
        gone.conversations += conversations;
        return rest;
      });
    }
    return gone.conversations > before;
  }

  private async pruneLogs(gone: Gone, signal: AbortSignal): Promise<void> {
    let { logBytes } = await this.figures();
    await repeatedly(signal, async () => {
      if (logBytes <= this.limits.mostLogBytes) return false;
      const oldest = await this.database.read((session) => session.first(oldestLog, undefined));
      if (!oldest) return false;
      await repeatedly(signal, () => this.database.transact((session) => shortenLog(session, oldest.id)));
      logBytes -= oldest.log_bytes;
      gone.runs++;
      return true;
    });
  }
}

/** Until there is nothing left to do. Between two steps others get their turn. */
async function repeatedly(signal: AbortSignal, step: () => Promise<boolean>): Promise<void> {
  while (!signal.aborted && await step()) await setImmediate();
}
