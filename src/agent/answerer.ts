import { Injectable } from '@nestjs/common';
import { Failure } from '../kernel/failure.js';
import { Observer } from '../kernel/observer.js';
import type { Message } from '../kernel/transcript.js';
import { withDeadline } from '../resilience/deadline.js';
import { AgentSettings } from '../settings/settings.js';
import { ConversationStore } from '../store/conversation-store.js';
import { Quarantine } from '../store/quarantine.js';
import { AgentLoop, type Ending } from './agent-loop.js';
import { judge, type Verdict } from './ending.js';
import { repairHistory } from './history/repair.js';
import type { AskOptions, Run } from './run.js';
import type { RunEvent, RunEventSink } from './run-event.js';
import { SYSTEM_PROMPT } from './system-prompt.js';

export interface Answer {
  readonly ending: Ending;
  readonly verdict: Verdict;
}

/** Carries one run out: loads its conversation, runs the loop within the time of a request, and keeps the turns that may be kept. */
@Injectable()
export class Answerer {
  constructor(
    private readonly loop: AgentLoop,
    private readonly conversations: ConversationStore,
    private readonly quarantine: Quarantine,
    private readonly observer: Observer,
    private readonly settings: AgentSettings,
  ) {}

  /** @throws Failure, or the signal's reason; then the conversation is as it was. */
  async answer(run: Run, options: AskOptions): Promise<Answer> {
    const history = run.isNew ? [] : await this.history(run.conversationId);
    const ending = await withDeadline({
      milliseconds: this.settings.totalTimeoutMilliseconds,
      signal: options.signal,
      failure: () => new Failure('deadline_exceeded', { errorType: 'timeout', retryable: true, publicMessage: 'The request took longer than it may.' }),
    }, (signal) => this.observedLoop(run, history, { ...options, signal })).catch((error: unknown) => this.setAside(run, history, error));
    const verdict = judge(ending);
    await this.conversations.append(run.conversationId, verdict.turns); // none for a refusal: the conversation goes on without it
    this.observer.note('sessions.counted', { active: await this.conversations.count() });
    return { ending, verdict };
  }

  /** What is kept is valid, but whoever wrote it need not have been this version of us. */
  private async history(conversationId: string): Promise<readonly Message[]> {
    const stored = await this.conversations.load(conversationId);
    if (!stored) throw new Failure('conversation_not_found', { errorType: 'conversation_not_found', publicMessage: 'There is no such conversation.' });
    const { history, repairs } = repairHistory(stored);
    if (repairs > 0) this.observer.note('history.repaired', { repairs });
    return history;
  }

  private observedLoop(run: Run, history: readonly Message[], { signal, onEvent, mayRestart = onEvent === undefined }: AskOptions): Promise<Ending> {
    const { maxIterations, systemPrompt } = this.settings;
    return this.observer.observe('agent.loop', { max_iterations: maxIterations }, async (report) => {
      const ending = await this.loop.run(history, run.message, {
        system: systemPrompt ?? SYSTEM_PROMPT, maxIterations, signal, mayRestart,
        emit: (event) => this.happened(run, event, onEvent),
      });
      const exhausted = ending.stopReason === 'max_iterations';
      report.learn({ iterations: ending.iterations, final_iteration: ending.iterations, max_iterations_reached: exhausted });
      if (exhausted) this.observer.note('iterations.exhausted', { max_iterations: maxIterations });
      if (ending.stopReason === 'tool_loop') this.observer.note('run.stuck', { rounds: ending.iterations });
      return ending;
    });
  }

  private happened(run: Run, event: RunEvent, onEvent: RunEventSink | undefined): void {
    const missing = run.tally.add(event);
    if (event.type === 'iteration.started' || event.type === 'iteration.completed') this.observer.note(event.type, { iteration: event.iteration });
    if (event.type === 'reply.restarted') this.observer.note('stream.restarted', { attempt: event.attempt });
    onEvent?.(event);
    for (const component of missing) {
      this.observer.note('run.degraded', { component });
      onEvent?.({ type: 'run.degraded', component });
    }
  }

  /** A request that the model API calls invalid is a bug of ours: what led to it is kept for whoever looks for it. */
  private async setAside(run: Run, history: readonly Message[], error: unknown): Promise<never> {
    if (error instanceof Failure && error.errorType === 'invalid_request_error') {
      const file = await this.quarantine.keep(run.runId, { error: error.code, history, question: run.message });
      if (file !== undefined) this.observer.note('history.quarantined', { file });
    }
    throw error;
  }
}
