import type { IdempotencyClaim, Lease, NewRun, RunEnding, RunRecord, StoredEvent } from '../run-record.js';
import { conversationBusy, conversationNotFound, leaseLost } from '../run-failures.js';
import { RunStore, type Begun } from '../run-store.js';
import { createRun } from './create-run.js';
import type { Database } from './database.js';
import { Violation } from './failures.js';
import { GrowingNumber } from './growing-number.js';
import { forgetKeysOf } from './key-statements.js';
import { cancelledRuns, queuedRuns, renewLeases, seizeRuns } from './lease-queries.js';
import { alreadyEnded, alreadyGivenBack, endRun, giveBack, renewLease, type Ending, type EventRow, type Writing } from './lease-statements.js';
import { appendEvents, eventRows } from './run-log.js';
import { bytesOf, recordOf, type RunRow } from './run-rows.js';
import { askToCancel, findRun, takeRun, takeToCancel, useConversation, type Holder } from './run-statements.js';
import type { Session } from './session.js';

interface Taken { readonly lease: Lease; readonly run: RunRecord }

/** Runs in a database that other processes may use as well. `owner` is an id of this process that no other one ever has. */
export class SqlRunStore extends RunStore {
  private readonly holder: Holder;
  private readonly arrivals = new GrowingNumber();

  constructor(private readonly database: Database, owner: string, leaseMilliseconds: number) {
    super();
    this.holder = { owner, leaseMilliseconds };
  }

  override begin(run: NewRun, claim?: IdempotencyClaim): Promise<Begun> {
    return this.create(run, 1, claim);
  }

  override enqueue(run: NewRun, claim?: IdempotencyClaim): Promise<Begun> {
    return this.create(run, 0, claim);
  }

  override async take(runId: string): Promise<Taken | 'gone' | 'busy'> {
    try {
      const row = await this.database.transact((session) => session.first(takeRun, { ...this.holder, runId }));
      return row ? taken(row) : 'gone';
    } catch (error) {
      if (error instanceof Violation) return 'busy';
      throw error;
    }
  }

  override async append(lease: Lease, events: readonly StoredEvent[]): Promise<{ readonly cancelRequested: boolean }> {
    const rows = eventRows(events);
    const writing = this.writing(lease, rows);
    return this.database.transact(async (session) => {
      const renewed = await session.first(renewLease, writing);
      if (!renewed) throw leaseLost();
      await appendEvents(session, lease.runId, rows);
      return { cancelRequested: renewed.cancel_requested === 1 };
    });
  }

  override async end(lease: Lease, { outcome, errorType, result, failure, turns, events, forgetKey }: RunEnding): Promise<void> {
    const rows = eventRows(events);
    const ending = {
      ...this.writing(lease, rows), outcome, errorType: errorType ?? null, result: json(result), failure: json(failure),
      turns: turns.length === 0 ? null : json(turns),
    };
    await this.database.transact(async (session) => {
      if (!await endNow(session, ending)) return;
      await appendEvents(session, lease.runId, rows);
      if (forgetKey) await session.change(forgetKeysOf, lease.runId);
    });
  }

  override async handBack(lease: Lease, events: readonly StoredEvent[], { asAttempt }: { readonly asAttempt: boolean }): Promise<void> {
    const rows = eventRows(events);
    const writing = { ...this.writing(lease, rows), asAttempt };
    await this.database.transact(async (session) => {
      if (await session.first(giveBack, writing)) await appendEvents(session, lease.runId, rows);
      else if (!await session.first(alreadyGivenBack, writing)) throw leaseLost();
    });
  }

  override async renew(runIds: readonly string[]): Promise<readonly string[]> {
    if (runIds.length === 0) return [];
    return this.database.transact((session) => renewLeases(session, this.holder, runIds));
  }

  override async cancelled(): Promise<readonly string[]> {
    return idsOf(await this.database.read((session) => session.all(cancelledRuns, this.holder.owner)));
  }

  override async seizeOrphans(limit: number): Promise<readonly Taken[]> {
    return (await this.database.transact((session) => seizeRuns(session, this.holder, limit))).map(taken);
  }

  override async queued(limit: number): Promise<readonly string[]> {
    return idsOf(await this.database.read((session) => session.all(queuedRuns, limit)));
  }

  override async requestCancel(runId: string): Promise<{ readonly run: RunRecord; readonly lease?: Lease } | undefined> {
    const { mine, found } = await this.database.transact(async (session) => {
      const asked = await session.first(askToCancel, runId);
      if (asked?.status === 'queued') return { mine: await session.first(takeToCancel, { ...this.holder, runId }) };
      return { found: asked ?? await session.first(findRun, runId) };
    });
    return mine ? taken(mine) : found && { run: recordOf(found) };
  }

  private async create(run: NewRun, held: 0 | 1, claim?: IdempotencyClaim): Promise<Begun> {
    const creation = { ...this.holder, run, held, arrival: this.arrivals.next() };
    try {
      return await this.database.transact((session) => createRun(session, creation, claim));
    } catch (error) {
      if (!(error instanceof Violation)) throw error;
      // It may stand in its own way: the transaction was committed before, and its answer lost.
      if (await this.database.read((session) => session.first(findRun, run.id))) return { kind: 'created', lease: { runId: run.id, fence: held } };
      if (error.kind === 'unique') throw conversationBusy();
      // The conversation was there a moment ago, too old to be kept.
      if (run.mayBeginConversation) return this.create(run, held, claim);
      throw conversationNotFound();
    }
  }

  private writing(lease: Lease, rows: readonly EventRow[]): Writing {
    return { ...this.holder, lease, bytes: bytesOf(rows.map(({ data }) => data)) };
  }
}

function taken(row: RunRow): Taken {
  return { lease: { runId: row.id, fence: row.fence }, run: recordOf(row) };
}

/** False when it was ended so already: the transaction was committed before, and its answer lost. @throws Failure `lease_lost` */
async function endNow(session: Session, ending: Ending): Promise<boolean> {
  const used = await session.first(useConversation, ending.lease);
  if (used && await session.first(endRun, { ...ending, position: used.ended_runs })) return true;
  if (!await session.first(alreadyEnded, ending)) throw leaseLost();
  return false;
}

function json(value: object | undefined): string | null {
  return value === undefined ? null : JSON.stringify(value);
}

function idsOf(rows: readonly { readonly id: string }[]): readonly string[] {
  return rows.map(({ id }) => id);
}
