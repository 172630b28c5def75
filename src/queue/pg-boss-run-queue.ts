import { setTimeout as wait } from 'node:timers/promises';
import type { PgBoss } from 'pg-boss';
import { Failure } from '../kernel/failure.js';
import { RunQueue, type Handled, type QueuedRun } from './run-queue.js';

const QUEUE = 'task-agent-runs';
/** Seconds until a run that had to wait is offered again. */
const BUSY_SECONDS = 1;
/** Seconds in which one reminder of a run is enough. */
const REMINDER_SECONDS = 60;
/** Seconds between two looks of an idle worker; a message wakes it earlier where the database can tell. */
const POLL_SECONDS = 0.5;
/** Seconds that a message may be in a worker's hand: the store's leases, not these messages, say whether a run is still carried out. */
const EXPIRE_SECONDS = 3_600;
/** A message is never repeated: the store knows which runs wait, and whoever looks after it sends new ones. */
const ONCE = { retryLimit: 0, expireInSeconds: EXPIRE_SECONDS };
/** Milliseconds between two tries to reach the database. */
const RETRY_MILLISECONDS = 2_000;

/** Milliseconds that the end of the process waits for pg-boss: a start under way is finished first, and a dead server can hold it. */
const CLOSE_MILLISECONDS = 2_000;

type Handle = (runId: string) => Promise<Handled>;

/** Workers of any number of processes on one Postgres, by pg-boss in a schema of its own. */
export class PgBossRunQueue extends RunQueue {
  /** One for all tries: each that failed would leave its timers and connections behind. */
  private boss: Promise<PgBoss> | undefined;
  private starting: Promise<PgBoss> | undefined;
  private retry: NodeJS.Timeout | undefined;
  private stopped = false;
  private closed = false;

  /** `onError` hears of what goes wrong in the background; without a listener it would end the process. */
  constructor(private readonly connectionString: string, private readonly onError: (error: Error) => void, private readonly retryMilliseconds = RETRY_MILLISECONDS) {
    super();
  }

  override async send({ runId, priority }: QueuedRun): Promise<void> {
    await this.reached((boss) => boss.send(QUEUE, { runId, priority }, { priority, ...ONCE }));
  }

  override async remind(runIds: readonly string[]): Promise<void> {
    await this.reached(async (boss) => {
      for (const runId of runIds) await boss.send(QUEUE, { runId, priority: 0 }, { singletonKey: runId, singletonSeconds: REMINDER_SECONDS, ...ONCE });
    });
  }

  override async work(handle: Handle, concurrency: number): Promise<void> {
    this.stopped = false;
    await this.tryToWork(handle, concurrency);
  }

  override async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.retry);
    if (this.starting) await (await this.boss)?.offWork(QUEUE, { wait: false }).catch(this.onError);
  }

  override async close(): Promise<void> {
    this.stopped = true;
    this.closed = true;
    clearTimeout(this.retry);
    const stopping = (await this.boss)?.stop({ graceful: false }).catch(this.onError);
    await Promise.race([stopping, wait(CLOSE_MILLISECONDS, undefined, { ref: false })]);
  }

  private async tryToWork(handle: Handle, concurrency: number): Promise<void> {
    try {
      const boss = await this.started();
      if (this.stopped) return;
      await boss.work<QueuedRun>(QUEUE, { localConcurrency: concurrency, pollingIntervalSeconds: POLL_SECONDS, batchSize: 1 }, async ([job]) => {
        if (!job) return;
        const handled = await handle(job.data.runId);
        if (handled === 'busy') await boss.send(QUEUE, job.data, { priority: job.data.priority, startAfter: BUSY_SECONDS, ...ONCE });
      });
    } catch (error) {
      if (this.stopped) return;
      this.onError(error as Error);
      this.retry = setTimeout(() => void this.tryToWork(handle, concurrency), this.retryMilliseconds).unref();
    }
  }

  private async reached(work: (boss: PgBoss) => Promise<unknown>): Promise<void> {
    try {
      await work(await this.started());
    } catch (error) {
      throw new Failure('store_unavailable', { errorType: 'store_unavailable', retryable: true, retryAfterSeconds: 1, publicMessage: 'The queue can not be reached right now.', cause: error });
    }
  }

  private started(): Promise<PgBoss> {
    this.starting ??= this.start().catch((error: unknown) => {
      this.starting = undefined;
      throw error;
    });
    return this.starting;
  }

  private async start(): Promise<PgBoss> {
    this.boss ??= this.made();
    const boss = await this.boss;
    if (this.closed) throw new Error('the queue is closed');
    await boss.start();
    await boss.createQueue(QUEUE, { notify: true });
    return boss;
  }

  private async made(): Promise<PgBoss> {
    const { PgBoss: Boss } = await import('pg-boss'); // only who has a Postgres pays for it
    const boss = new Boss({ connectionString: this.connectionString, schema: 'task_agent_queue', max: 4, useListenNotify: true, application_name: 'task-agent queue' });
    boss.on('error', this.onError);
    return boss;
  }
}
