import { Module, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { join } from 'node:path';
import { Clock } from '../kernel/clock.js';
import { Failure } from '../kernel/failure.js';
import { Journal } from '../kernel/journal.js';
import { Observer } from '../kernel/observer.js';
import { ResilienceModule } from '../resilience/resilience.module.js';
import { StoreSettings } from '../settings/settings.js';
import { FolderQuarantine } from './folder-quarantine.js';
import { ObservationLog } from './observation-log.js';
import { Quarantine } from './quarantine.js';
import { Retention } from './retention.js';
import { RunReader } from './run-reader.js';
import { RunStore } from './run-store.js';
import { Database } from './sql/database.js';
import type { Engine } from './sql/engine.js';
import { SqlObservationLog } from './sql/sql-observation-log.js';
import { SqlRetention } from './sql/sql-retention.js';
import { SqlRunReader } from './sql/sql-run-reader.js';
import { SqlRunStore } from './sql/sql-run-store.js';
import { IN_MEMORY } from './sqlite/sqlite-file.js';
import { SqliteEngine } from './sqlite/sqlite-engine.js';

/** What a store is called in `DATA_DIR`. */
const FILE = 'task-agent.db';

@Module({
  imports: [ResilienceModule],
  providers: [
    { provide: Database, inject: [StoreSettings, Clock, Observer], useFactory: database },
    { provide: RunStore, inject: [Database, StoreSettings], useFactory: (db: Database, { leaseMilliseconds }: StoreSettings) => new SqlRunStore(db, crypto.randomUUID(), leaseMilliseconds) },
    { provide: RunReader, inject: [Database], useFactory: (db: Database) => new SqlRunReader(db) },
    { provide: ObservationLog, inject: [Database], useFactory: (db: Database) => new SqlObservationLog(db) },
    { provide: Retention, inject: [Database, StoreSettings], useFactory: (db: Database, settings: StoreSettings) => new SqlRetention(db, settings) },
    { provide: Quarantine, inject: [StoreSettings], useFactory: ({ directory }: StoreSettings) => new FolderQuarantine(join(directory, 'quarantine')) },
  ],
  exports: [Database, RunStore, RunReader, ObservationLog, Retention, Quarantine],
})
export class StoreModule implements OnApplicationBootstrap, OnApplicationShutdown {
  constructor(private readonly database: Database, private readonly observations: ObservationLog, private readonly journal: Journal) {}

  onApplicationBootstrap(): void {
    this.journal.writeTo((runId, entries) => void this.observations.append(runId, entries).catch(lost));
  }

  /** Behind everything that may still write. */
  async onApplicationShutdown(): Promise<void> {
    await this.database.close();
  }
}

/** What was observed may be lost with the store; a bug may not. */
function lost(error: unknown): void {
  if (!(error instanceof Failure)) throw error;
}

async function database(settings: StoreSettings, clock: Clock, observer: Observer): Promise<Database> {
  const db = new Database(await engine(settings), clock);
  db.onStateChange((state, detail) => {
    if (state === 'ready') observer.note('store.opened', { up: 1, detail });
    else if (!db.isClosing) observer.note('store.lost', { up: 0, detail });
  });
  return db;
}

async function engine({ directory, databaseUrl, postgresUrl }: StoreSettings): Promise<Engine> {
  if (!postgresUrl) return new SqliteEngine(databaseUrl ? IN_MEMORY : join(directory, FILE));
  const { PostgresEngine } = await import('./postgres/postgres-engine.js'); // only who has a Postgres pays for its driver
  return new PostgresEngine(postgresUrl.reveal());
}
