import type { Kysely, RawBuilder } from 'kysely';
import type { Engine } from './engine.js';
import type { Schema } from './schema.js';
import type { Statement } from './statement.js';

/** One transaction, or one read outside of any. */
export class Session {
  constructor(private readonly engine: Engine, readonly db: Kysely<Schema>) {}

  get now(): RawBuilder<number> {
    return this.engine.now;
  }

  get exclusive(): boolean {
    return this.engine.exclusive;
  }

  async all<P, R>(statement: Statement<P, R>, parameters: P): Promise<readonly R[]> {
    return (await this.db.executeQuery(statement.for(this.engine, parameters))).rows;
  }

  async first<P, R>(statement: Statement<P, R>, parameters: P): Promise<R | undefined> {
    return (await this.all(statement, parameters))[0];
  }

  /** For a statement that returns no rows: resolves with how many it changed. */
  async change<P>(statement: Statement<P>, parameters: P): Promise<number> {
    return Number((await this.db.executeQuery(statement.for(this.engine, parameters))).numAffectedRows ?? 0);
  }
}
