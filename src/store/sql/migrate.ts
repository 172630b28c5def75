import { sql, type Kysely } from 'kysely';
import { Migrator } from 'kysely/migration';
import { Failure } from '../../kernel/failure.js';
import { MIGRATIONS } from './migrations/migrations.js';
import type { Schema } from './schema.js';

/**
 * Brings the schema up to date, all or nothing; several processes may do so at once. @throws Failure `store_too_new` when the database
 * was made by a newer version, and then changes nothing
 */
export async function migrate(db: Kysely<Schema>, migrations = MIGRATIONS): Promise<void> {
  if (await isCurrent(db, migrations)) return;
  const { error } = await new Migrator({ db, provider: { getMigrations: async () => migrations } }).migrateToLatest();
  if (error !== undefined) throw error as Error; // It is what a migration threw.
}

/** True when there is nothing to bring up to date. @throws Failure `store_too_new` */
export async function isCurrent(db: Kysely<Schema>, migrations = MIGRATIONS): Promise<boolean> {
  const done = await appliedMigrations(db);
  const unknown = done.filter((name) => !(name in migrations));
  if (unknown.length > 0) throw tooNew(unknown);
  return Object.keys(migrations).every((name) => done.includes(name));
}

async function appliedMigrations(db: Kysely<Schema>): Promise<readonly string[]> {
  const tables = await db.introspection.getTables({ withInternalKyselyTables: true });
  if (!tables.some(({ name }) => name === 'kysely_migration')) return [];
  return (await sql<{ name: string }>`select name from kysely_migration`.execute(db)).rows.map(({ name }) => name);
}

function tooNew(unknown: readonly string[]): Failure {
  return new Failure('store_too_new', {
    errorType: '_OTHER',
    publicMessage: `The store was made by a newer task-agent (it has the migration ${unknown.join(', ')}). Run that version, or use another store.`,
  });
}
