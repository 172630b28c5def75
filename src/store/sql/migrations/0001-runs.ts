import { sql, SqliteAdapter, type CreateTableBuilder, type Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

/** Conversations, their runs, what happened in them, and the keys under which they were asked for. */
export const runs: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await createConversations(db);
    await createRuns(db);
    await createRunIndexes(db);
    await createLogs(db);
    await createKeys(db);
  },
};

async function createConversations(db: Kysely<unknown>): Promise<void> {
  await db.schema.createTable('conversations')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('updated_at', 'bigint', (column) => column.notNull())
    .addColumn('ended_runs', 'integer', (column) => column.notNull())
    .execute();
  await db.schema.createIndex('conversations_by_use').on('conversations').column('updated_at').execute();
}

/** What may be long comes last: SQLite need not walk over it to reach the rest. */
async function createRuns(db: Kysely<unknown>): Promise<void> {
  await db.schema.createTable('runs')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('conversation_id', 'text', (column) => column.notNull().references('conversations.id').onDelete('cascade'))
    .addColumn('status', 'text', (column) => column.notNull())
    .addColumn('outcome', 'text')
    .addColumn('error_type', 'text')
    .addColumn('fence', 'integer', (column) => column.notNull())
    .addColumn('attempts', 'integer', (column) => column.notNull())
    .addColumn('owner', 'text')
    .addColumn('lease_until', 'bigint')
    .addColumn('holds', 'text')
    .addColumn('cancel_requested', 'integer', (column) => column.notNull())
    .addColumn('priority', 'integer', (column) => column.notNull())
    .addColumn('detached', 'integer', (column) => column.notNull())
    .addColumn('channel', 'text', (column) => column.notNull())
    .addColumn('correlation_id', 'text', (column) => column.notNull())
    .addColumn('user_id', 'text')
    .addColumn('traceparent', 'text')
    .addColumn('arrival', 'bigint', (column) => column.notNull())
    .addColumn('position', 'integer')
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('started_at', 'bigint')
    .addColumn('ended_at', 'bigint')
    .addColumn('log_bytes', 'bigint', (column) => column.notNull())
    .addColumn('failure', 'text')
    .addColumn('message', 'text', (column) => column.notNull())
    .addColumn('turns', 'text')
    .addColumn('result', 'text')
    .execute();
}

async function createRunIndexes(db: Kysely<unknown>): Promise<void> {
  // The whole of "one run of a conversation at a time".
  await sql`create unique index runs_running on runs (holds) where status = 'running'`.execute(db);
  await sql`create index runs_waiting on runs (priority desc, arrival) where status = 'queued'`.execute(db);
  await sql`create index runs_newest on runs (created_at, id)`.execute(db);
  await sql`create index runs_of_conversation on runs (conversation_id, created_at, id)`.execute(db);
  // Most succeed: those are found soon without.
  await sql`create index runs_amiss on runs (outcome, created_at, id) where outcome <> 'success'`.execute(db);
  await sql`create index runs_with_log on runs (ended_at, log_bytes) where status = 'ended' and log_bytes > 0`.execute(db);
}

async function createLogs(db: Kysely<unknown>): Promise<void> {
  await db.schema.createTable('run_events')
    .addColumn('run_id', 'text', (column) => column.notNull().references('runs.id').onDelete('cascade'))
    .addColumn('seq', 'bigint', (column) => column.notNull())
    .addColumn('at', 'bigint', (column) => column.notNull())
    .addColumn('type', 'text', (column) => column.notNull())
    .addColumn('data', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('run_events_pkey', ['run_id', 'seq'])
    .$call((table) => inOrderOfKey(db, table))
    .execute();
  await db.schema.createTable('run_observations')
    .addColumn('run_id', 'text', (column) => column.notNull().references('runs.id').onDelete('cascade'))
    .addColumn('part', 'bigint', (column) => column.notNull())
    .addColumn('data', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('run_observations_pkey', ['run_id', 'part'])
    .$call((table) => inOrderOfKey(db, table))
    .execute();
}

/** SQLite can keep the rows in their primary key: half of the pages to write, and those of a run lie together. */
function inOrderOfKey<T extends CreateTableBuilder<string, string>>(db: Kysely<unknown>, table: T): T | CreateTableBuilder<string, string> {
  return db.getExecutor().adapter instanceof SqliteAdapter ? table.modifyEnd(sql`without rowid`) : table;
}

/** No foreign key: a key is claimed before its run is created. */
async function createKeys(db: Kysely<unknown>): Promise<void> {
  await db.schema.createTable('idempotency_keys')
    .addColumn('route', 'text', (column) => column.notNull())
    .addColumn('key', 'text', (column) => column.notNull())
    .addColumn('fingerprint', 'text', (column) => column.notNull())
    .addColumn('run_id', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('idempotency_keys_pkey', ['route', 'key'])
    .execute();
  await db.schema.createIndex('idempotency_keys_of_run').on('idempotency_keys').column('run_id').execute();
  await db.schema.createIndex('idempotency_keys_by_age').on('idempotency_keys').column('created_at').execute();
}
