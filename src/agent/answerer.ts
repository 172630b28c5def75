import { Injectable } from '@nestjs/common';
import { Failure } from '../kernel/failure.js';
import { Observer } from '../kernel/observer.js';
import type { Message } from '../kernel/transcript.js';
import { withDeadline } from '../resilience/deadline.js';
import { AgentSettings } from '../settings/settings.js';
import { Quarantine } from '../store/quarantine.js';
import { conversationNotFound } from '../store/run-failures.js';
import { RunReader } from '../store/run-reader.js';
import type { StoredEvent } from '../store/run-record.js';
import { AgentLoop, type Ending } from './agent-loop.js';
import { judge, type Verdict } from './ending.js';
import { repairHistory } from './history/repair.js';
import { roundsOf, stepsOn, type Round } from './rounds.js';
import type { AskOptions, Run } from './run.js';
import type { RunEvent } from './run-event.js';
import type { RunLog } from './run-log.js';
import { Steps } from './steps.js';
import { SYSTEM_PROMPT } from './system-prompt.js';

export interface Answer {
  readonly ending: Ending;
  readonly verdict: Verdict;
}

/** Where a run writes what it does. */
export interface Keeping {
  readonly log: RunLog;
  /** Throws when no new step is to begin in this process. */
  readonly mayBegin: () => void;
}

/** Entries of a log that are read at once. */
const PAGE = 1_000;

/** Answers one question: loads its conversation, runs the loop within the time of a request, and judges how it ended. Keeps nothing. */
@Injectable()
export class Answerer {
  constructor(
    private readonly loop: AgentLoop,
    private readonly reader: RunReader,
    private readonly quarantine: Quarantine,
    private readonly observer: Observer,
    private readonly settings: AgentSettings,
  ) {}

  /** @throws Failure, or the signal's reason. */
  async answer(run: Run, options: AskOptions, keeping: Keeping): Promise<Answer> {
    const rounds = await this.onRecord(run, keeping.log);
    const history = await this.history(run);
    const ending = await withDeadline({
      milliseconds: this.settings.totalTimeoutMilliseconds,
      signal: options.signal,
      failure: () => new Failure('deadline_exceeded', { errorType: 'timeout', retryable: true, publicMessage: 'The request took longer than it may.' }),
    }, (signal) => this.observedLoop(run, history, { ...options, signal }, keeping, rounds)).catch((error: unknown) => this.setAside(run, history, error));
    return { ending, verdict: judge(ending) };
  }

  /** What is kept is valid, but whoever wrote it need not have been this version of us. */
  private async history({ conversationId, isNew, history: given }: Run): Promise<readonly Message[]> {
    const stored = isNew ? [] : await this.reader.history(conversationId);
    if (given && stored && stored.length > 0) throw new Failure('conversation_busy', { errorType: 'conversation_busy', retryable: true, retryAfterSeconds: 1, publicMessage: 'The conversation was begun by another request.' });
    if (given) return given;
    if (!stored) throw conversationNotFound();
    const { history, repairs } = repairHistory(stored);
    if (repairs > 0) this.observer.note('history.repaired', { repairs });
    return history;
  }

  /** What earlier attempts have done, which counts for this one as well. The log says that the run begins, or goes on. */
  private async onRecord(run: Run, log: RunLog): Promise<readonly Round[]> {
    if (log.isFirst) {
      log.add({ type: 'run.started' });
      return [];
    }
    const events: StoredEvent[] = [];
    for (let page = PAGE; page === PAGE;) {
      const entries = await this.reader.events(run.runId, events.at(-1)?.seq ?? 0, PAGE);
      events.push(...entries);
      page = entries.length;
    }
    const done = stepsOn(events);
    for (const event of done) run.tally.add(event);
    log.add({ type: 'run.resumed', attempt: run.attempt });
    return roundsOf(done);
  }

  private observedLoop(run: Run, history: readonly Message[], { signal, onEvent, mayRestart = onEvent === undefined }: AskOptions, { log, mayBegin }: Keeping, rounds: readonly Round[]): Promise<Ending> {
    const { maxIterations, systemPrompt } = this.settings;
    const emit = (event: RunEvent) => this.happened(run, event, log);
    const steps = new Steps(rounds, { emit, save: () => log.save(), mayBegin });
    return this.observer.observe('agent.loop', { max_iterations: maxIterations }, async (report) => {
      const ending = await this.loop.run(history, run.message, {
        system: systemPrompt ?? SYSTEM_PROMPT, maxIterations, signal, mayRestart, emit, steps,
      });
      const exhausted = ending.stopReason === 'max_iterations';
      report.learn({ iterations: ending.iterations, final_iteration: ending.iterations, max_iterations_reached: exhausted });
      if (exhausted) this.observer.note('iterations.exhausted', { max_iterations: maxIterations });
      if (ending.stopReason === 'tool_loop') this.observer.note('run.stuck', { rounds: ending.iterations });
      return ending;
    });
  }

  private happened(run: Run, event: RunEvent, log: RunLog): void {
    const missing = run.tally.add(event);
    if (event.type === 'iteration.started' || event.type === 'iteration.completed') this.observer.note(event.type, { iteration: event.iteration });
    if (event.type === 'reply.restarted') this.observer.note('stream.restarted', { attempt: event.attempt });
    log.add(event);
    for (const component of missing) {
      this.observer.note('run.degraded', { component });
      log.add({ type: 'run.degraded', component });
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
