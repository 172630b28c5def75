import { Injectable } from '@nestjs/common';
import { Failure } from '../kernel/failure.js';
import { toUsd } from '../kernel/money.js';
import { Observer, type Report } from '../kernel/observer.js';
import { withRunContext } from '../kernel/run-context.js';
import { Guards } from '../resilience/guards.js';
import { UNGUARDED, type Policy } from '../resilience/policy.js';
import type { Lease, RunRecord } from '../store/run-record.js';
import { RunStore, type Begun } from '../store/run-store.js';
import { AGENT_NAME } from './agent-name.js';
import { alreadyKnown } from './idempotency.js';
import { cancelled, HeldRuns, isHandedBack } from './held-runs.js';
import { newRun, recordOf, runFrom, type AskOptions, type Question, type Run } from './run.js';
import { RunExecutor, type ToResult } from './run-executor.js';
import { resultOf, type RunResult } from './run-result.js';
import type { RunTally } from './run-tally.js';

export type { AskOptions, Question } from './run.js';

/** The door to the agent: every entry point asks here, and nowhere else. */
@Injectable()
export class AgentService {
  private readonly admission: Policy;

  constructor(
    private readonly executor: RunExecutor,
    private readonly store: RunStore,
    private readonly held: HeldRuns,
    private readonly observer: Observer,
    guards: Guards,
  ) {
    this.admission = guards.request();
  }

  /**
   * Answers one question. A run that ends without a real answer (refusal, truncation, too many steps) still resolves, with
   * its `outcome` saying so; one that could not be carried out throws and leaves the conversation as it was. What it resolves with is
   * committed.
   * @throws Failure, or the signal's reason.
   */
  ask(question: Question, options: AskOptions): Promise<RunResult> {
    const run = newRun(question);
    return this.processed(run, (toResult) => {
      this.held.assertOpen();
      return this.admitted(run, options.signal, async (signal) => {
        const lease = leaseOf(await this.store.begin(recordOf(run), question.claim));
        this.observer.note('run.begun', { run_id: run.runId });
        options.onStarted?.({ run_id: run.runId, conversation_id: run.conversationId });
        return this.executor.execute(run, lease, { ...options, signal }, toResult);
      });
    });
  }

  /** Puts a question on record for whoever takes it first. @throws Failure */
  async enqueue(question: Question): Promise<{ readonly run_id: string; readonly conversation_id: string }> {
    const run = newRun({ ...question, detached: true });
    const begun = await this.store.enqueue(recordOf(run), question.claim);
    if (begun.kind === 'known') throw alreadyKnown(begun.same);
    const ids = { run_id: run.runId, conversation_id: run.conversationId };
    this.observer.note('run.queued', { ...ids, priority: run.priority ?? 0 });
    return ids;
  }

  /** Goes on with a run that was taken from the queue. What becomes of it is on record. @throws Failure, or the signal's reason. */
  async resume({ lease, run: record }: { readonly lease: Lease; readonly run: RunRecord }, signal: AbortSignal): Promise<void> {
    const run = runFrom(record);
    await this.processed(run, (toResult) => {
      if (lease.fence === 1) this.observer.note('run.begun', { run_id: run.runId });
      else this.observer.note('run.resumed', { run_id: run.runId, attempt: run.attempt });
      return this.executor.execute(run, lease, { signal, mayRestart: true }, toResult);
    });
  }

  /**
   * Ends a run, wherever it is carried out: at once where it waits or runs here, within seconds elsewhere. One that has ended stays as it is.
   * Resolves with the run as it was. @throws Failure `run_not_found`
   */
  async cancel(runId: string): Promise<RunRecord> {
    const asked = await this.store.requestCancel(runId);
    if (!asked) throw runNotFound();
    if (asked.lease) await this.executor.close(asked.lease, cancelled());
    else this.held.cancel(runId);
    return asked.run;
  }

  private processed(run: Run, work: (toResult: ToResult) => Promise<RunResult>): Promise<RunResult> {
    return withRunContext(run, () => this.observer.observe('agent.process', {
      agent: AGENT_NAME, channel: run.channel, user_id: run.userId ?? 'unknown', correlation_id: run.correlationId,
      conversation_id: run.conversationId, run_id: run.runId, input_length: run.message.length,
    }, async (report) => {
      const startedAt = performance.now();
      try {
        return await work((answer, identity) => {
          const { ending, verdict } = answer;
          report.learn({ stop_reason: ending.stopReason, response_length: verdict.reply.length });
          if (verdict.errorType) report.flag(verdict.errorType, `the run ended with ${ending.stopReason}`); // never the reply itself
          return resultOf(run, answer, { identity, traceId: report.traceId ?? null, milliseconds: performance.now() - startedAt });
        });
      } catch (error) {
        if (isHandedBack(error)) this.observer.note('run.handed_back', { run_id: run.runId });
        throw error;
      } finally {
        learnTotals(report, run.tally);
      }
    }));
  }

  /** A person at a terminal is never one of too many. */
  private admitted<R>(run: Run, signal: AbortSignal, work: (signal: AbortSignal) => Promise<R>): Promise<R> {
    const admission = run.channel === 'http' ? this.admission : UNGUARDED;
    return admission.execute(work, signal);
  }
}

function leaseOf(begun: Begun): Lease {
  if (begun.kind === 'created') return begun.lease;
  throw alreadyKnown(begun.same);
}

/** A run that never reached the model used nothing, which is not the same as using zero. */
function learnTotals(report: Report<'agent.process'>, { usage, cost, priced, llmCalls, toolCalls }: RunTally): void {
  if (llmCalls === 0) return;
  report.learn({ iterations: llmCalls, tool_calls: toolCalls.length, ...usage, ...(priced && { cost_usd: toUsd(cost) }) });
}

export function runNotFound(): Failure {
  return new Failure('run_not_found', { errorType: 'run_not_found', publicMessage: 'There is no such run.' });
}
