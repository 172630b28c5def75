import type { Message } from '../../kernel/transcript.js';
import type { IdempotencyClaim, RunRecord, StoredEvent } from '../run-record.js';
import { RunReader, type ConversationRecord, type Page, type RunFilter } from '../run-reader.js';
import { cursorOf, positionOf } from './cursor.js';
import type { Database } from './database.js';
import { knownRun } from './key-statements.js';
import type { EventRow } from './lease-statements.js';
import { recordOf, RUN_COLUMNS } from './run-rows.js';
import { ageFor, filtered, horizonOf, notBehind } from './run-search.js';
import { findRun } from './run-statements.js';
import { Statement } from './statement.js';

interface Stretch { readonly runId: string; readonly after: number; readonly limit: number }

const eventsAfter = new Statement<Stretch, EventRow>(({ kysely }, given) => kysely.selectFrom('run_events').select(['seq', 'at', 'type', 'data'])
  .where('run_id', '=', given(({ runId }) => runId)).where('seq', '>', given(({ after }) => after))
  .orderBy('seq').limit(given(({ limit }) => limit)));

/** One row at least, if there is such a conversation. */
const turnsOf = new Statement<string, { readonly created_at: number; readonly updated_at: number; readonly turns: string | null }>(
  ({ kysely }, given) => kysely.selectFrom('conversations')
    .leftJoin('runs', (join) => join.onRef('runs.conversation_id', '=', 'conversations.id').on('runs.turns', 'is not', null))
    .select(['conversations.created_at', 'conversations.updated_at', 'runs.turns'])
    .where('conversations.id', '=', given((id) => id))
    .orderBy('runs.position'),
);

/** What runs and conversations left in a database. */
export class SqlRunReader extends RunReader {
  constructor(private readonly database: Database) {
    super();
  }

  override async find(runId: string): Promise<RunRecord | undefined> {
    const row = await this.database.read((session) => session.first(findRun, runId));
    return row && recordOf(row);
  }

  override async known(claim: IdempotencyClaim): Promise<{ readonly run: RunRecord; readonly same: boolean } | undefined> {
    const row = await this.database.read((session) => session.first(knownRun, claim));
    return row && { run: recordOf(row), same: row.fingerprint === claim.fingerprint };
  }

  override async list(filter: RunFilter, limit: number, cursor?: string): Promise<Page<RunRecord>> {
    const before = cursor === undefined ? undefined : positionOf(cursor);
    return this.database.read(async ({ db }) => {
      const horizon = await horizonOf(db, filter, before);
      const rows = await filtered(db, filter, before).select(RUN_COLUMNS)
        .$if(horizon !== undefined, (query) => query.where(notBehind(horizon)))
        .orderBy(ageFor(filter), 'desc').orderBy('runs.id', 'desc').limit(limit + 1).execute();
      const items = rows.slice(0, limit).map(recordOf);
      const end = rows.length > limit ? items.at(-1) : horizon;
      return { items, ...(end && { next: cursorOf(end) }) };
    });
  }

  override async events(runId: string, after: number, limit: number): Promise<readonly StoredEvent[]> {
    const rows = await this.database.read((session) => session.all(eventsAfter, { runId, after, limit }));
    return rows.map(({ data, ...event }) => ({ ...event, data: JSON.parse(data) as object }));
  }

  override async history(conversationId: string): Promise<readonly Message[] | undefined> {
    return (await this.conversation(conversationId))?.messages;
  }

  override async conversation(conversationId: string): Promise<ConversationRecord | undefined> {
    const rows = await this.database.read((session) => session.all(turnsOf, conversationId));
    const [first] = rows;
    if (!first) return undefined;
    const messages = rows.flatMap(({ turns }) => (turns === null ? [] : JSON.parse(turns) as Message[]));
    return { id: conversationId, createdAt: first.created_at, updatedAt: first.updated_at, messages };
  }
}

