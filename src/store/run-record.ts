import type { ErrorType } from '../kernel/failure.js';
import type { Channel } from '../kernel/run-context.js';
import type { Message } from '../kernel/transcript.js';

/** `success` means that the model answered to the end. Anything less says so, although it may come with text. */
export const RUN_OUTCOMES = ['success', 'error', 'cancelled', 'rejected'] as const;
export type RunOutcome = (typeof RUN_OUTCOMES)[number];

/** `queued` waits for a worker, `running` is held by a process under a lease, `ended` never changes again. */
export const RUN_STATUSES = ['queued', 'running', 'ended'] as const;
export type RunStatus = (typeof RUN_STATUSES)[number];

/** Times that a run is begun before it is given up as one that kills its workers. */
export const MOST_ATTEMPTS = 3;

/** The right to write to a run. `fence` grows each time a run changes hands: who held it before can not write any more. */
export interface Lease {
  readonly runId: string;
  readonly fence: number;
}

export interface NewRun {
  readonly id: string;
  readonly conversationId: string;
  /** True when the conversation may begin with this run; else it must be there already. */
  readonly mayBeginConversation: boolean;
  readonly correlationId: string;
  readonly channel: Channel;
  readonly userId?: string;
  readonly message: string;
  /** True when the run goes on without the connection that asked for it: it can be found again, so it is resumed after a crash. */
  readonly detached: boolean;
  /** 0 to 9; the higher one goes first. */
  readonly priority: number;
  /** W3C trace context of whoever asked, for whoever carries the run out. */
  readonly traceparent?: string;
}

/** A request that is to be carried out once. */
export interface IdempotencyClaim {
  readonly route: string;
  readonly key: string;
  /** Digest of what was asked, to tell a repetition from another request under the same key. */
  readonly fingerprint: string;
}

/** One run as the store has it. Times in milliseconds since 1970. */
export interface RunRecord extends Omit<NewRun, 'mayBeginConversation'> {
  readonly status: RunStatus;
  /** Undefined until it ended. */
  readonly outcome?: RunOutcome;
  readonly errorType?: ErrorType;
  readonly fence: number;
  readonly attempts: number;
  readonly cancelRequested: boolean;
  readonly createdAt: number;
  readonly startedAt?: number;
  readonly endedAt?: number;
  /** The answer, as it was given. */
  readonly result?: object;
  /** Why there is none, as it was told. */
  readonly failure?: StoredFailure;
}

/** The part of a `Failure` that anybody may read. */
export interface StoredFailure {
  readonly code: string;
  readonly errorType: ErrorType;
  readonly publicMessage: string;
  readonly retryable: boolean;
  readonly retryAfterSeconds?: number;
}

/** One entry of a run's log. `seq` grows, with gaps; a batch of text has the number of its last piece. */
export interface StoredEvent {
  readonly seq: number;
  readonly at: number;
  readonly type: string;
  readonly data: object;
}

/** How a run ends. */
export interface RunEnding {
  readonly outcome: RunOutcome;
  readonly errorType?: ErrorType;
  readonly result?: object;
  readonly failure?: StoredFailure;
  /** What it adds to its conversation; none leaves no trace there. */
  readonly turns: readonly Message[];
  readonly events: readonly StoredEvent[];
  /** True when a repetition of the request is to be carried out anew: nothing that could have had an effect was done. */
  readonly forgetKey: boolean;
}
