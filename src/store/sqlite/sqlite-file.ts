import { closeSync, existsSync, mkdirSync, openSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Failure } from '../../kernel/failure.js';
import { corrupt } from '../sql/failures.js';
import { codeOf, troubleOf } from './sqlite-trouble.js';

/** How long a start waits for another process to let go of the file. */
const BUSY_MILLISECONDS = 500;
/** Up to this size the whole file is checked at each start: some 100 ms. */
const CHECKED_BYTES = 64 * 1_048_576;
/** "task", to tell our file from that of another program. */
const APPLICATION_ID = 0x7461736b;
/** Pages of 4 KiB in the log of changes before they are moved to the file, which holds everything up for that long. */
const CHECKPOINT_PAGES = 1000;

/** The database exists in memory alone. */
export const IN_MEMORY = ':memory:';

/**
 * Opens a file for this process alone, and makes it with its folder if need be, for the owner's eyes only. Never waits longer than a second.
 * @throws Failure `store_locked`, `store_corrupt`, `store_unusable`
 */
export function openFile(path: string): DatabaseSync {
  let database: DatabaseSync | undefined;
  try {
    if (path !== IN_MEMORY) makeFile(path);
    database = new DatabaseSync(path, { timeout: BUSY_MILLISECONDS });
    configure(database);
    if (path !== IN_MEMORY) check(database, path);
    return database;
  } catch (error) {
    database?.close();
    throw error instanceof Failure ? error : explained(error, path);
  }
}

/** Never opens a file that is there: to close it again would release the locks of SQLite on it, if this very process has it open. */
function makeFile(path: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  if (!existsSync(path)) closeSync(openSync(path, 'wx', 0o600));
}

function configure(database: DatabaseSync): void {
  database.exec(`
    pragma locking_mode = exclusive;
    pragma journal_mode = wal;
    pragma synchronous = normal;
    pragma foreign_keys = on;
    pragma temp_store = memory;
    pragma cache_size = -16384;
    pragma wal_autocheckpoint = ${CHECKPOINT_PAGES};
    begin immediate; commit;`);
}

function check(database: DatabaseSync, path: string): void {
  const { application_id: id } = row(database, 'pragma application_id');
  const { tables } = row(database, 'select count(*) as tables from sqlite_master');
  if (id !== APPLICATION_ID && tables !== 0) throw corrupt(`${path} is a database of another program. Move it away, or set another DATA_DIR.`);
  if (id !== APPLICATION_ID) database.exec(`pragma application_id = ${APPLICATION_ID}`);
  if (statSync(path).size > CHECKED_BYTES) return;
  if (row(database, 'pragma quick_check(1)')['quick_check'] !== 'ok') throw damaged(path);
}

function row(database: DatabaseSync, sql: string): Readonly<Record<string, unknown>> {
  return database.prepare(sql).get() ?? {};
}

function explained(error: unknown, path: string): Failure {
  if (codeOf(error) === 'SQLITE_BUSY') return locked(path, error);
  if (troubleOf(error) === 'corrupt') return damaged(path, error);
  return new Failure('store_unusable', {
    errorType: 'permission', publicMessage: `${path} can not be opened (${codeOf(error)}). Make it writable, or set another DATA_DIR.`, cause: error,
  });
}

function locked(path: string, cause: unknown): Failure {
  return new Failure('store_locked', {
    errorType: 'permission', cause,
    publicMessage: `Another task-agent has ${path}. Stop it, or set another DATA_DIR, or use a Postgres for both with DATABASE_URL.`,
  });
}

function damaged(path: string, cause?: unknown): Failure {
  return corrupt(`${path} is damaged, or no database. Keep a copy of it and of its -wal file; then restore a backup, or move it away to begin anew.`, cause);
}
