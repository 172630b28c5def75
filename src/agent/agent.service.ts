import { Injectable } from '@nestjs/common';
import { toUsd } from '../kernel/money.js';
import { Observer, type Report } from '../kernel/observer.js';
import { withRunContext } from '../kernel/run-context.js';
import { ChatModel } from '../llm/chat-model.js';
import { Guards } from '../resilience/guards.js';
import { UNGUARDED, type Policy } from '../resilience/policy.js';
import { Answerer, type Answer } from './answerer.js';
import { ConversationLocks } from './conversation-locks.js';
import { newRun, type AskOptions, type Question, type Run } from './run.js';
import type { RunResult } from './run-result.js';
import type { RunTally } from './run-tally.js';

export type { AskOptions, Question } from './run.js';

/** The door to the agent: every entry point asks here, and nowhere else. */
@Injectable()
export class AgentService {
  private readonly locks = new ConversationLocks();
  private readonly admission: Policy;

  constructor(
    private readonly answerer: Answerer,
    private readonly model: ChatModel,
    private readonly observer: Observer,
    guards: Guards,
  ) {
    this.admission = guards.request();
  }

  /**
   * Answers one question. A run that ends without a real answer (refusal, truncation, too many steps) still resolves, with
   * its `outcome` saying so; one that could not be carried out throws and leaves the conversation as it was.
   * @throws Failure, or the signal's reason.
   */
  ask(question: Question, options: AskOptions): Promise<RunResult> {
    const run = newRun(question);
    options.onStarted?.({ run_id: run.runId, conversation_id: run.conversationId });
    return withRunContext(run, () => this.observer.observe('agent.process', {
      agent: 'task-automation-agent', channel: run.channel, user_id: run.userId ?? 'unknown', correlation_id: run.correlationId,
      conversation_id: run.conversationId, run_id: run.runId, input_length: run.message.length,
    }, async (report) => {
      const startedAt = performance.now();
      try {
        const answer = await this.locks.hold(run.conversationId, () => this.admitted(run, options));
        const { ending, verdict } = answer;
        report.learn({ stop_reason: ending.stopReason, response_length: verdict.reply.length });
        if (verdict.errorType) report.flag(verdict.errorType, `the run ended with ${ending.stopReason}`); // never the reply itself
        return this.result(run, answer, report.traceId ?? null, performance.now() - startedAt);
      } finally {
        learnTotals(report, run.tally);
      }
    }));
  }

  /** A person at a terminal is never one of too many. */
  private admitted(run: Run, options: AskOptions): Promise<Answer> {
    const admission = run.channel === 'http' ? this.admission : UNGUARDED;
    return admission.execute((signal) => this.answerer.answer(run, { ...options, signal }), options.signal);
  }

  private result(run: Run, { ending, verdict }: Answer, traceId: string | null, milliseconds: number): RunResult {
    const { usage, llmCalls, toolCalls, degraded, priced, cost, model } = run.tally;
    return {
      reply: verdict.reply,
      conversation_id: run.conversationId, run_id: run.runId, correlation_id: run.correlationId, trace_id: traceId,
      outcome: verdict.errorType ? 'error' : 'success', error_type: verdict.errorType ?? null, stop_reason: ending.stopReason,
      truncated: verdict.errorType === 'truncated',
      model: model ?? this.model.identity.name, simulated: this.model.identity.simulated,
      iterations: ending.iterations, tool_calls: toolCalls, usage: { ...usage, llm_calls: llmCalls },
      cost_usd: priced ? toUsd(cost) : null,
      duration_ms: Math.round(milliseconds * 1e3) / 1e3,
      degraded: [...degraded],
    };
  }
}

/** A run that never reached the model used nothing, which is not the same as using zero. */
function learnTotals(report: Report<'agent.process'>, { usage, cost, priced, llmCalls, toolCalls }: RunTally): void {
  if (llmCalls === 0) return;
  report.learn({ iterations: llmCalls, tool_calls: toolCalls.length, ...usage, ...(priced && { cost_usd: toUsd(cost) }) });
}
