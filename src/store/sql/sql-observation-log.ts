import { sql } from 'kysely';
import { ObservationLog, type StoredObservation } from '../observation-log.js';
import type { Database } from './database.js';
import { GrowingNumber } from './growing-number.js';
import { bytesOf } from './run-rows.js';
import { Statement } from './statement.js';

interface Batch { readonly runId: string; readonly part: number; readonly data: string }

const accountFor = new Statement<Batch>(({ kysely }, given) => kysely.updateTable('runs')
  .set({ log_bytes: sql<number>`log_bytes + ${given(({ data }) => bytesOf([data]))}` }).where('id', '=', given(({ runId }) => runId)));

const insertBatch = new Statement<Batch>(({ kysely }, given) => kysely.insertInto('run_observations')
  .values({ run_id: given(({ runId }) => runId), part: given(({ part }) => part), data: given(({ data }) => data) })
  .onConflict((conflict) => conflict.columns(['run_id', 'part']).doNothing()));

const batchesOf = new Statement<string, { readonly data: string }>(({ kysely }, given) => kysely.selectFrom('run_observations').select('data')
  .where('run_id', '=', given((runId) => runId)).orderBy('part'));

/** What was observed of runs, a row for each batch. What is observed of a run that is gone is dropped. */
export class SqlObservationLog extends ObservationLog {
  private readonly parts = new GrowingNumber();

  constructor(private readonly database: Database) {
    super();
  }

  override async append(runId: string, observations: readonly StoredObservation[]): Promise<void> {
    if (observations.length === 0) return;
    const batch = { runId, part: this.parts.next(), data: JSON.stringify(observations) };
    await this.database.transact(async (session) => {
      if (await session.change(accountFor, batch) > 0) await session.change(insertBatch, batch);
    });
  }

  override async read(runId: string): Promise<readonly StoredObservation[]> {
    const batches = await this.database.read((session) => session.all(batchesOf, runId));
    return batches.flatMap(({ data }) => JSON.parse(data) as StoredObservation[]);
  }
}
