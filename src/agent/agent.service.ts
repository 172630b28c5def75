import { Injectable } from '@nestjs/common';
import { Failure } from '../kernel/failure.js';
import { toUsd } from '../kernel/money.js';
import { Observer, type Report } from '../kernel/observer.js';
import { withRunContext, type Channel } from '../kernel/run-context.js';
import { ChatModel } from '../llm/chat-model.js';
import { withDeadline } from '../resilience/deadline.js';
import { AgentSettings } from '../settings/settings.js';
import { ConversationStore } from '../store/conversation-store.js';
import { AgentLoop, type Ending } from './agent-loop.js';
import { ConversationLocks } from './conversation-locks.js';
import { judge, type Verdict } from './ending.js';
import type { RunEvent, RunEventSink } from './run-event.js';
import type { RunResult } from './run-result.js';
import { RunTally } from './run-tally.js';
import { SYSTEM_PROMPT } from './system-prompt.js';

export interface Question {
  /** What the user wrote: 1 to 32,000 characters, checked by the entry point. */
  readonly message: string;
  readonly channel: Channel;
  readonly correlationId: string;
  readonly userId?: string;
  /** Continues a conversation; without it a new one begins. */
  readonly conversationId?: string;
}

export interface AskOptions {
  /** Ends the run; its reason is thrown. */
  readonly signal: AbortSignal;
  /** Sees the run as it happens. Must not throw. */
  readonly onEvent?: RunEventSink;
  /** Called once, before anything else, with the ids of the run. */
  readonly onStarted?: (ids: { readonly run_id: string; readonly conversation_id: string }) => void;
}

/** One run: the question, its ids, and what it has used so far. */
interface Run extends Question {
  readonly runId: string;
  readonly conversationId: string;
  readonly isNew: boolean;
  readonly tally: RunTally;
}

/** The door to the agent: every entry point asks here, and nowhere else. */
@Injectable()
export class AgentService {
  private readonly locks = new ConversationLocks();

  constructor(
    private readonly loop: AgentLoop,
    private readonly model: ChatModel,
    private readonly conversations: ConversationStore,
    private readonly observer: Observer,
    private readonly settings: AgentSettings,
  ) {}

  /**
   * Answers one question. A run that ends without a real answer (refusal, truncation, too many steps) still resolves, with
   * its `outcome` saying so; one that could not be carried out throws and leaves the conversation as it was.
   * @throws Failure, or the signal's reason.
   */
  ask(question: Question, options: AskOptions): Promise<RunResult> {
    const run: Run = {
      ...question,
      runId: `run_${crypto.randomUUID()}`,
      conversationId: question.conversationId ?? `conv_${crypto.randomUUID()}`,
      isNew: question.conversationId === undefined,
      tally: new RunTally(),
    };
    options.onStarted?.({ run_id: run.runId, conversation_id: run.conversationId });
    return withRunContext(run, () => this.observer.observe('agent.process', {
      agent: 'task-automation-agent', channel: run.channel, user_id: run.userId ?? 'unknown', correlation_id: run.correlationId,
      conversation_id: run.conversationId, run_id: run.runId, input_length: run.message.length,
    }, async (report) => {
      const startedAt = performance.now();
      try {
        const { ending, verdict } = await this.locks.hold(run.conversationId, () => this.answer(run, options));
        report.learn({ stop_reason: ending.stopReason, response_length: verdict.reply.length });
        if (verdict.errorType) report.flag(verdict.errorType, `the run ended with ${ending.stopReason}`); // never the reply itself
        return this.result(run, ending, verdict, report.traceId ?? null, performance.now() - startedAt);
      } finally {
        learnTotals(report, run.tally);
      }
    }));
  }

  /** Loads the history, runs the loop within the time of a request, and keeps the turns that may be kept. */
  private async answer(run: Run, options: AskOptions): Promise<{ ending: Ending; verdict: Verdict }> {
    const history = run.isNew ? [] : await this.conversations.load(run.conversationId);
    if (!history) throw new Failure('conversation_not_found', { errorType: 'conversation_not_found', publicMessage: 'There is no such conversation.' });
    const ending = await withDeadline({
      milliseconds: this.settings.totalTimeoutMilliseconds,
      signal: options.signal,
      failure: () => new Failure('deadline_exceeded', { errorType: 'timeout', retryable: true, publicMessage: 'The request took longer than it may.' }),
    }, (signal) => this.observedLoop(run, history, options, signal));
    const verdict = judge(ending);
    await this.conversations.append(run.conversationId, verdict.turns); // none for a refusal: the conversation goes on without it
    this.observer.note('sessions.counted', { active: await this.conversations.count() });
    return { ending, verdict };
  }

  private observedLoop(run: Run, history: Parameters<AgentLoop['run']>[0], options: AskOptions, signal: AbortSignal): Promise<Ending> {
    const { maxIterations, systemPrompt } = this.settings;
    return this.observer.observe('agent.loop', { max_iterations: maxIterations }, async (report) => {
      const ending = await this.loop.run(history, run.message, {
        system: systemPrompt ?? SYSTEM_PROMPT, maxIterations, signal,
        emit: (event) => this.happened(run, event, options.onEvent),
      });
      const exhausted = ending.stopReason === 'max_iterations';
      report.learn({ iterations: ending.iterations, final_iteration: ending.iterations, max_iterations_reached: exhausted });
      if (exhausted) this.observer.note('iterations.exhausted', { max_iterations: maxIterations });
      return ending;
    });
  }

  private happened(run: Run, event: RunEvent, onEvent: RunEventSink | undefined): void {
    run.tally.add(event);
    if (event.type === 'iteration.started' || event.type === 'iteration.completed') this.observer.note(event.type, { iteration: event.iteration });
    onEvent?.(event);
  }

  private result(run: Run, ending: Ending, verdict: Verdict, traceId: string | null, milliseconds: number): RunResult {
    const { usage, llmCalls, toolCalls, degraded, priced, cost } = run.tally;
    return {
      reply: verdict.reply,
      conversation_id: run.conversationId, run_id: run.runId, correlation_id: run.correlationId, trace_id: traceId,
      outcome: verdict.errorType ? 'error' : 'success', error_type: verdict.errorType ?? null, stop_reason: ending.stopReason,
      model: this.model.identity.name, simulated: this.model.identity.simulated,
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
