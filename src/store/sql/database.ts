import { CompiledQuery, type Kysely } from 'kysely';
import { SystemClock, type Clock } from '../../kernel/clock.js';
import { Failure } from '../../kernel/failure.js';
import type { Engine, Trouble } from './engine.js';
import { brokenStatement, corrupt, unavailable, Violation } from './failures.js';
import type { Schema } from './schema.js';
import { Session } from './session.js';
import { Watch, type DatabaseState } from './watch.js';

/** Times that a transaction is tried again after it was lost. */
const MOST_RETRIES = 3;
/** Mean pause before the first of them; it doubles. Two that were in each other's way should not meet again. */
const PAUSE_MILLISECONDS = 20;

const [BEGIN, COMMIT, ROLLBACK] = ['begin', 'commit', 'rollback'].map((words) => CompiledQuery.raw(words)) as [CompiledQuery, CompiledQuery, CompiledQuery];

/**
 * The one database of this process. Everything that it throws is a `Failure` (or a `Violation`, for the stores above it): no driver's
 * message leaves it.
 */
export class Database {
  private readonly watch: Watch;
  private readonly closing = new AbortController();

  constructor(readonly engine: Engine, private readonly clock: Clock = new SystemClock()) {
    this.watch = new Watch(engine, clock, this.closing.signal);
  }

  get state(): DatabaseState {
    return this.watch.state;
  }

  /** True from the moment that somebody asked for its end. */
  get isClosing(): boolean {
    return this.closing.signal.aborted;
  }

  /** From memory, at once. */
  health(): { readonly ok: boolean; readonly detail: string } {
    return { ok: this.state === 'ready', detail: `${this.engine.name}: ${this.watch.detail}` };
  }

  /** Calls back after each change of `state`. */
  onStateChange(listener: (state: DatabaseState, detail: string) => void): void {
    this.watch.onStateChange(listener);
  }

  /**
   * Opens the database. Where it is a server that can not be reached, resolves nevertheless after 3 s at most, and goes on trying.
   * @throws Failure `store_locked`, `store_corrupt`, `store_too_new`
   */
  async open(): Promise<void> {
    try {
      await this.watch.begin();
    } catch (failure) {
      await this.close();
      throw failure;
    }
  }

  /** Refuses new work, waits for what is being done, and lets go of the database. */
  async close(): Promise<void> {
    if (this.closing.signal.aborted) return;
    this.closing.abort(unavailable());
    await this.watch.end();
    await this.engine.close();
  }

  /** One transaction: all of `work` or nothing. It may be called again when the transaction was lost, even by a lost answer to its commit. */
  transact<R>(work: (session: Session) => Promise<R>): Promise<R> {
    return this.persistently(() => this.engine.kysely.connection().execute((db) => this.inTransaction(db, work)));
  }

  /** Reads without a transaction; `work` may be called again. */
  read<R>(work: (session: Session) => Promise<R>): Promise<R> {
    return this.persistently(() => work(new Session(this.engine, this.engine.kysely)));
  }

  /** By hand, because Kysely's own would hide the error of a query behind that of the rollback on a dead connection. */
  private async inTransaction<R>(db: Kysely<Schema>, work: (session: Session) => Promise<R>): Promise<R> {
    await db.executeQuery(BEGIN);
    try {
      const result = await work(new Session(this.engine, db));
      await db.executeQuery(COMMIT);
      return result;
    } catch (error) {
      // It fails where the transaction is gone already; the pool does not take a broken connection back.
      await db.executeQuery(ROLLBACK).catch(() => undefined);
      throw error;
    }
  }

  private async persistently<R>(work: () => Promise<R>): Promise<R> {
    for (let retries = 0; ; retries++) {
      if (this.state !== 'ready') throw this.watch.failure ?? unavailable();
      try {
        return await work();
      } catch (error) {
        if (error instanceof Failure) throw error;
        const trouble = this.engine.troubleOf(error);
        if (trouble === 'lost' || trouble === 'unreachable') this.watch.suspect();
        if (trouble !== 'lost' || retries >= MOST_RETRIES) throw thrown(trouble, error);
      }
      await this.clock.sleep(PAUSE_MILLISECONDS * 2 ** retries * (0.5 + Math.random()), this.closing.signal);
    }
  }
}

function thrown(trouble: Trouble, error: unknown): Error {
  switch (trouble) {
    case 'unique':
    case 'reference': return new Violation(trouble, error);
    case 'lost':
    case 'unreachable': return unavailable(error);
    case 'corrupt': return corrupt('The store is damaged. Keep a copy of it and restore a backup.', error);
    case 'other': return brokenStatement(error);
  }
}
