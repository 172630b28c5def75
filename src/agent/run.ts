import type { Channel } from '../kernel/run-context.js';
import type { RunEventSink } from './run-event.js';
import { RunTally } from './run-tally.js';

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
  /** True when `onEvent` can take `reply.restarted`. Without `onEvent` nobody sees a reply before it is whole, so it always can. */
  readonly mayRestart?: boolean;
}

/** One run: the question, its ids, and what it has used so far. */
export interface Run extends Question {
  readonly runId: string;
  readonly conversationId: string;
  readonly isNew: boolean;
  readonly tally: RunTally;
}

export function newRun(question: Question): Run {
  return {
    ...question,
    runId: `run_${crypto.randomUUID()}`,
    conversationId: question.conversationId ?? `conv_${crypto.randomUUID()}`,
    isNew: question.conversationId === undefined,
    tally: new RunTally(),
  };
}
