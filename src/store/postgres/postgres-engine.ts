import { Kysely, PostgresDialect, sql } from 'kysely';
import { setTimeout } from 'node:timers/promises';
import pg from 'pg';
import type { Engine, Trouble } from '../sql/engine.js';
import { isCurrent, migrate } from '../sql/migrate.js';
import type { Schema } from '../sql/schema.js';
import { ImpatientClient } from './impatient-client.js';
import { troubleOf } from './postgres-trouble.js';

const MOST_CONNECTIONS = 10;
/** For a connection: a new one, or one that becomes free. */
const CONNECT_MILLISECONDS = 2_000;
/** The server gives a statement up after this long. */
const STATEMENT_MILLISECONDS = 2_000;
/** And this process gives the server up a little later, when not even that answer comes. */
const ANSWER_MILLISECONDS = 2_500;
/** The server ends a transaction that does nothing for this long: its locks would keep others waiting. */
const IDLE_MILLISECONDS = 10_000;
/** For all of what a new version changes, and for another process that is changing it. */
const MIGRATION_MILLISECONDS = 600_000;
/** For connections to be closed in good order, when all work is done. */
const GOODBYE_MILLISECONDS = 3_000;
const INT8 = 20;

/** A Postgres server, which several processes may share. */
export class PostgresEngine implements Engine {
  readonly name = 'postgres';
  readonly exclusive = false;
  readonly now = sql<number>`cast(extract(epoch from clock_timestamp()) * 1000 as bigint)`;
  readonly kysely: Kysely<Schema>;
  private readonly lost: (() => void)[] = [];

  constructor(private readonly url: string) {
    this.kysely = new Kysely<Schema>({ dialect: new PostgresDialect({ pool: this.pool({ ...LIMITS, max: MOST_CONNECTIONS }) }) });
  }

  /** Looks first, for a server that does not answer is to be given up soon: that is no time for a migration. */
  async prepare(): Promise<void> {
    if (!await this.onConnection(LIMITS, isCurrent)) await this.onConnection({ query_timeout: MIGRATION_MILLISECONDS }, migrate);
  }

  async ping(): Promise<void> {
    await this.onConnection(LIMITS, (kysely) => sql`select 1`.execute(kysely));
  }

  troubleOf(error: unknown): Trouble {
    return troubleOf(error);
  }

  onLost(listener: () => void): void {
    this.lost.push(listener);
  }

  async close(): Promise<void> {
    await Promise.race([this.kysely.destroy(), setTimeout(GOODBYE_MILLISECONDS, undefined, { ref: false })]);
  }

  /** On one of its own: that all others are in use says nothing about the server. */
  private async onConnection<R>(limits: pg.PoolConfig, work: (kysely: Kysely<Schema>) => Promise<R>): Promise<R> {
    const kysely = new Kysely<Schema>({ dialect: new PostgresDialect({ pool: this.pool({ ...limits, max: 1 }) }) });
    try {
      return await work(kysely);
    } finally {
      void kysely.destroy().catch(() => undefined); // Not waited for: a server that hangs does not say good-bye.
    }
  }

  private pool(limits: pg.PoolConfig): pg.Pool {
    const pool = new pg.Pool({ ...this.config(limits), Client: ImpatientClient });
    // Without these listeners a connection that is lost, in the pool or outside, would end the process.
    pool.on('error', () => this.tellLost());
    pool.on('connect', (client) => client.on('error', () => this.tellLost()));
    return pool;
  }

  private tellLost(): void {
    for (const listener of this.lost) listener();
  }

  private config(limits: pg.PoolConfig): pg.PoolConfig {
    return {
      connectionString: this.url, application_name: 'task-agent', keepAlive: true, connectionTimeoutMillis: CONNECT_MILLISECONDS, ...limits,
      // A count or a time is a number: none of ours comes near 2^53.
      types: { getTypeParser: ((oid: number, format: never): unknown => (oid === INT8 ? Number : pg.types.getTypeParser(oid, format))) as typeof pg.types.getTypeParser },
    };
  }
}

const LIMITS: pg.PoolConfig = {
  statement_timeout: STATEMENT_MILLISECONDS, query_timeout: ANSWER_MILLISECONDS, idle_in_transaction_session_timeout: IDLE_MILLISECONDS,
};
