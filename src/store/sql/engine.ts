import type { Kysely, RawBuilder } from 'kysely';
import type { Schema } from './schema.js';

/**
 * What an error of a driver means. `lost`: the transaction is gone with its connection, or made way for another one; the same again may
 * succeed at once. `unreachable`: it will not succeed at once. `corrupt`: the database must be repaired by a person.
 */
export type Trouble = 'unique' | 'reference' | 'lost' | 'unreachable' | 'corrupt' | 'other';

/** A kind of database: how it is opened, and where it differs from others. */
export interface Engine {
  readonly name: 'sqlite' | 'postgres';
  /** True when only one process can have the database: every other process that held a run is dead. */
  readonly exclusive: boolean;
  /** Connects at its first use. */
  readonly kysely: Kysely<Schema>;
  /** Milliseconds since 1970 by the clock of the database, which all its processes share. */
  readonly now: RawBuilder<number>;

  /** Opens the database and brings its schema up to date. @throws Failure that a person must see to, or an error of the driver. */
  prepare(): Promise<void>;

  /** Resolves when the database answers, rejects within 5 s when it does not. */
  ping(): Promise<void>;

  troubleOf(error: unknown): Trouble;

  /** Calls back when a connection was lost while nobody used it. */
  onLost(listener: () => void): void;

  /** Waits for what is being done. */
  close(): Promise<void>;
}
