import { Kysely, sql, SqliteAdapter, SqliteDialect, type DialectAdapter } from 'kysely';
import { Failure } from '../../kernel/failure.js';
import type { Engine, Trouble } from '../sql/engine.js';
import { corrupt } from '../sql/failures.js';
import { migrate } from '../sql/migrate.js';
import type { Schema } from '../sql/schema.js';
import { openFile } from './sqlite-file.js';
import { troubleOf } from './sqlite-trouble.js';
import { StatementCache } from './statement-cache.js';

/** SQLite can: a migration that is killed half-way leaves nothing behind. */
class TransactionalSqliteAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

class TransactionalSqliteDialect extends SqliteDialect {
  override createAdapter(): DialectAdapter {
    return new TransactionalSqliteAdapter();
  }
}

/** A SQLite file, or memory, which this process has for itself. */
export class SqliteEngine implements Engine {
  readonly name = 'sqlite';
  readonly exclusive = true;
  readonly now = sql<number>`cast(round(unixepoch('subsec') * 1000) as integer)`;
  readonly kysely: Kysely<Schema>;
  private isOpen = false;

  /** @param path of the file, or `IN_MEMORY` */
  constructor(path: string) {
    const database = async () => {
      const statements = new StatementCache(openFile(path));
      this.isOpen = true;
      return statements;
    };
    this.kysely = new Kysely<Schema>({ dialect: new TransactionalSqliteDialect({ database }) });
  }

  async prepare(): Promise<void> {
    try {
      await migrate(this.kysely);
    } catch (error) {
      if (error instanceof Failure) throw error;
      throw corrupt('The store can not be brought up to date. Keep a copy of it and restore a backup.', error);
    }
  }

  async ping(): Promise<void> {
    await sql`select 1`.execute(this.kysely);
  }

  troubleOf(error: unknown): Trouble {
    return troubleOf(error);
  }

  onLost(): void {
    // There is no connection that could be lost.
  }

  /** Takes its turn behind whatever uses the one connection. */
  async close(): Promise<void> {
    if (this.isOpen) await this.kysely.connection().execute(async () => undefined);
    await this.kysely.destroy();
  }
}
