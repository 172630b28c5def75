import { Injectable } from '@nestjs/common';
import { AgentService } from '../agent/agent.service.js';
import { RunQueue, type Handled } from '../queue/run-queue.js';
import { WorkerSettings } from '../settings/settings.js';
import { RunStore } from '../store/run-store.js';
import { TraceCarrier } from '../tracing/trace-carrier.js';

/** Nothing ends a run from here: its holder knows who wants its end. */
const NEVER = new AbortController().signal;

/** Takes runs from the queue and has the agent carry them out. */
@Injectable()
export class RunWorker {
  constructor(
    private readonly queue: RunQueue,
    private readonly store: RunStore,
    private readonly agent: AgentService,
    private readonly carrier: TraceCarrier,
    private readonly settings: WorkerSettings,
  ) {}

  start(): Promise<void> {
    return this.queue.work((runId) => this.handle(runId), this.settings.concurrency);
  }

  /** Whatever becomes of the run is on record and was observed, so nothing is thrown for it. */
  private async handle(runId: string): Promise<Handled> {
    const taken = await this.take(runId);
    if (typeof taken === 'string') return taken === 'busy' ? 'busy' : 'done';
    try {
      await this.carrier.goOn(taken.run.traceparent, () => this.agent.resume(taken, NEVER));
      return 'done';
    } catch {
      return 'done'; // the run's record says why, or, where the store was away, the run is found again
    }
  }

  private async take(runId: string): ReturnType<RunStore['take']> {
    try {
      return await this.store.take(runId);
    } catch {
      return 'busy'; // the run still waits; a store that can be read and not written would offer it again without a pause
    }
  }
}
