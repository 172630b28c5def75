import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Lease, NewRun, RunEnding, StoredEvent } from '../../src/store/run-record.js';
import { Database } from '../../src/store/sql/database.js';
import { SqlObservationLog } from '../../src/store/sql/sql-observation-log.js';
import { SqlRunReader } from '../../src/store/sql/sql-run-reader.js';
import { SqlRunStore } from '../../src/store/sql/sql-run-store.js';
import { IN_MEMORY } from '../../src/store/sqlite/sqlite-file.js';
import { SqliteEngine } from '../../src/store/sqlite/sqlite-engine.js';

export const LEASE_MILLISECONDS = 30_000;

const undo: (() => Promise<unknown>)[] = [];

/** Closes and removes what this file's helpers made, the newest first. For `afterEach`. */
export async function cleanUp(): Promise<void> {
  for (const step of undo.splice(0).toReversed()) await step();
}

export function later(step: () => Promise<unknown>): void {
  undo.push(step);
}

export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'task-agent-store-'));
  later(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** An open database that is closed after the test. */
export async function opened(database: Database): Promise<Database> {
  later(() => database.close());
  await database.open();
  return database;
}

export const memoryDatabase = () => opened(new Database(new SqliteEngine(IN_MEMORY)));
export const fileDatabase = async () => opened(new Database(new SqliteEngine(join(await temporaryFolder(), 'data', 'task-agent.db'))));

/** Everything over one database, as one process has it. */
export class Stores {
  readonly runs: SqlRunStore;
  readonly reader: SqlRunReader;
  readonly observations: SqlObservationLog;

  constructor(readonly database: Database, readonly owner: string = crypto.randomUUID(), leaseMilliseconds = LEASE_MILLISECONDS) {
    this.runs = new SqlRunStore(database, owner, leaseMilliseconds);
    this.reader = new SqlRunReader(database);
    this.observations = new SqlObservationLog(database);
  }

  /** Begins a run of which only the result is of interest. @throws Error when its key was known */
  async begun(run: Partial<NewRun> = {}): Promise<Lease> {
    const begun = await this.runs.begin(newRun(run));
    if (begun.kind !== 'created') throw new Error('Nothing was begun.');
    return begun.lease;
  }

  async queued(run: Partial<NewRun> = {}): Promise<string> {
    const begun = await this.runs.enqueue(newRun(run));
    if (begun.kind !== 'created') throw new Error('Nothing was queued.');
    return begun.lease.runId;
  }

  /** A run from its beginning to its end. */
  async ended(run: Partial<NewRun> = {}, end: Partial<RunEnding> = {}): Promise<string> {
    const lease = await this.begun(run);
    await this.runs.end(lease, ending(end));
    return lease.runId;
  }
}

export function newRun(run: Partial<NewRun> = {}): NewRun {
  return {
    id: crypto.randomUUID(), conversationId: `conv_${crypto.randomUUID()}`, mayBeginConversation: true, correlationId: 'corr-1', channel: 'http',
    message: 'What is 2 + 2?', detached: false, priority: 5, ...run,
  };
}

export function ending(end: Partial<RunEnding> = {}): RunEnding {
  return { outcome: 'success', turns: [], events: [], forgetKey: false, ...end };
}

export function event(seq: number, data: object = { text: `piece ${seq}` }): StoredEvent {
  return { seq, at: 1_700_000_000_000 + seq, type: 'text', data };
}
