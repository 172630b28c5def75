import type { Channel } from '../kernel/run-context.js';
import type { Message } from '../kernel/transcript.js';
import type { IdempotencyClaim, NewRun, RunRecord } from '../store/run-record.js';
import type { RunListener } from './run-event.js';
import { RunTally } from './run-tally.js';

export interface Question {
  /** What the user wrote: 1 to 32,000 characters, checked by the entry point. */
  readonly message: string;
  readonly channel: Channel;
  readonly correlationId: string;
  readonly userId?: string;
  /** Continues a conversation; without it a new one begins. */
  readonly conversationId?: string;
  /** True when the conversation need not exist yet: its id comes from somebody else. */
  readonly mayBeginConversation?: boolean;
  /** What was said before, for a new conversation that began elsewhere. It is kept with it. */
  readonly history?: readonly Message[];
  /** True when the run can be found again by whoever asked: it goes on without them, also in another process. */
  readonly detached?: boolean;
  /** 0 to 9; the higher one goes first when runs wait. */
  readonly priority?: number;
  /** W3C trace context of the request, for a process that carries the run out later. */
  readonly traceparent?: string | undefined;
  /** Makes a repetition of the request known as one. */
  readonly claim?: IdempotencyClaim | undefined;
}

export interface AskOptions {
  /** Ends the run; its reason is thrown. */
  readonly signal: AbortSignal;
  /** Sees the run as it happens. Must not throw. */
  readonly onEvent?: RunListener;
  /** Called once, when the run is on record and before it begins. */
  readonly onStarted?: (ids: { readonly run_id: string; readonly conversation_id: string }) => void;
  /** True when `onEvent` can take `reply.restarted`. Without `onEvent` nobody sees a reply before it is whole, so it always can. */
  readonly mayRestart?: boolean;
}

/** One run: the question, its ids, and what it has used so far. */
export interface Run extends Question {
  readonly runId: string;
  readonly conversationId: string;
  readonly isNew: boolean;
  /** How many times it was begun, this time included. */
  readonly attempt: number;
  readonly tally: RunTally;
}

export function newRun(question: Question): Run {
  return {
    ...question,
    runId: `run_${crypto.randomUUID()}`,
    conversationId: question.conversationId ?? `conv_${crypto.randomUUID()}`,
    isNew: question.conversationId === undefined,
    attempt: 1,
    tally: new RunTally(),
  };
}

/** A run that waited, or whose process is gone, as it goes on here. */
export function runFrom({ id, conversationId, correlationId, channel, userId, message, detached, attempts }: RunRecord): Run {
  return {
    runId: id, conversationId, correlationId, channel, message, detached, isNew: false, attempt: attempts, tally: new RunTally(),
    ...(userId !== undefined && { userId }),
  };
}

/** A run as the store is told of it. */
export function recordOf(run: Run): NewRun {
  return {
    id: run.runId, conversationId: run.conversationId, mayBeginConversation: run.isNew || run.mayBeginConversation === true,
    correlationId: run.correlationId, channel: run.channel, message: run.message,
    detached: run.detached ?? false, priority: run.priority ?? 0,
    ...(run.userId !== undefined && { userId: run.userId }),
    ...(run.traceparent !== undefined && { traceparent: run.traceparent }),
  };
}
