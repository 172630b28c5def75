import { Injectable } from '@nestjs/common';
import { errorTypeOf, Failure } from '../kernel/failure.js';
import { ChatModel, type ModelIdentity } from '../llm/chat-model.js';
import type { Lease, StoredEvent } from '../store/run-record.js';
import { RunStore } from '../store/run-store.js';
import { Answerer, type Answer } from './answerer.js';
import { HeldRuns, isHandedBack, type HeldRun } from './held-runs.js';
import type { AskOptions, Run } from './run.js';
import { RunLog, type RunLogHooks } from './run-log.js';
import { RunNews } from './run-news.js';
import type { RunResult } from './run-result.js';
import { storedFailure } from './stored-failure.js';

/** Makes the answer that is given and kept of what the loop came to. */
export type ToResult = (answer: Answer, identity: ModelIdentity) => RunResult;

/** Carries a run that this process holds out to its end, whatever end that is, and puts it on record. */
@Injectable()
export class RunExecutor {
  constructor(
    private readonly answerer: Answerer,
    private readonly store: RunStore,
    private readonly held: HeldRuns,
    private readonly news: RunNews,
    private readonly model: ChatModel,
  ) {}

  /**
   * Resolves when the answer is committed.
   * @throws Failure, or the reason of the signal, when there is none; then that is committed, if it can be. Failure `handed_back` when
   * the run is in the queue again.
   */
  async execute(run: Run, lease: Lease, options: AskOptions, toResult: ToResult): Promise<RunResult> {
    const held = this.held.hold(lease, run.detached ?? false);
    const leave = () => held.abort(options.signal.reason);
    options.signal.addEventListener('abort', leave, { once: true });
    const log = new RunLog(this.store, lease, {
      show: options.onEvent, onSaved: () => this.news.tell(run.runId), onFailed: held.abort, onCancelRequested: () => this.held.cancel(run.runId),
    });
    try {
      options.signal.throwIfAborted();
      return await this.carriedOut(run, log, held, { ...options, signal: held.signal }, toResult);
    } catch (error) {
      await this.failed(run, log, error);
      throw error;
    } finally {
      options.signal.removeEventListener('abort', leave);
      held.release();
      this.news.tell(run.runId);
    }
  }

  private async carriedOut(run: Run, log: RunLog, held: HeldRun, options: AskOptions, toResult: ToResult): Promise<RunResult> {
    const answer = await this.answerer.answer(run, options, { log, mayBegin: held.mayGoOn });
    const { verdict } = answer;
    const result = toResult(answer, this.model.identity);
    await this.store.end(log.lease, {
      outcome: result.outcome, ...(verdict.errorType && { errorType: verdict.errorType }), result,
      turns: verdict.turns.length > 0 ? [...run.history ?? [], ...verdict.turns] : [],
      events: await log.rest({ type: 'run.ended' }), forgetKey: false,
    });
    log.showRest();
    return result;
  }

  /** A run that can not be put to an end stays with its lease, and somebody finds it when that is over. */
  private async failed(run: Run, log: RunLog, error: unknown): Promise<void> {
    try {
      const events = await log.rest({ type: isHandedBack(error) ? 'run.handed_back' : 'run.ended' });
      if (isHandedBack(error)) await this.held.handBack(log.lease, { events, asAttempt: false, priority: run.priority ?? 0 });
      else await this.end(log.lease, error, events, !run.tally.hasCalledTools);
      log.showRest();
    } catch (another) {
      if (!(another instanceof Failure)) throw another;
    }
  }

  /** Ends a run that this process has taken, and does not carry out. @throws Failure `lease_lost` or `store_unavailable` */
  async close(lease: Lease, failure: Failure): Promise<void> {
    const log = new RunLog(this.store, lease, SILENT);
    await this.end(lease, failure, await log.rest({ type: 'run.ended' }), false);
    this.news.tell(lease.runId);
  }

  /** `untouched`: nothing that could have had an effect was done, so the same request may be made again. */
  private async end(lease: Lease, error: unknown, events: readonly StoredEvent[], untouched: boolean): Promise<void> {
    const errorType = errorTypeOf(error);
    const outcome = errorType === 'aborted' ? 'cancelled' : 'error';
    await this.store.end(lease, { outcome, errorType, failure: storedFailure(error), turns: [], events, forgetKey: untouched && outcome === 'error' });
  }
}

const SILENT: RunLogHooks = { onSaved: () => undefined, onCancelRequested: () => undefined, onFailed: () => undefined };
