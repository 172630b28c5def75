import type { ReplyBlock, Usage } from './protocol/messages-protocol.js';

/**
 * What the simulator does with one request to `POST /v1/messages` instead of understanding it. The request is
 * validated first, and a refused one uses up no step. A new kind is one entry here and one in `step-player.ts`.
 */
export interface ScriptedSteps {
  /** Answers with exactly this content, with no regard to `max_tokens` or to the tools that are offered. */
  readonly reply: { readonly content: readonly ReplyBlock[]; readonly stopReason?: string; readonly usage?: Partial<Usage> };
  /** Answers with one text block. */
  readonly text: { readonly text: string };
  /** Calls these tools, in this order, after an optional text. */
  readonly tools: { readonly calls: readonly { readonly name: string; readonly input: unknown }[]; readonly text?: string };
  /** Answers with an HTTP error in the API's shape. */
  readonly error: {
    readonly status: number;
    readonly type: string;
    readonly message?: string;
    readonly headers?: Readonly<Record<string, string>>;
  };
  /** Never answers. Over when the client closes the connection or the simulator is closed. */
  readonly hang: object;
  /**
   * Breaks the connection off: a stream after so many events (0 is after the headers), a JSON answer half-way.
   * The answer is `content`, or what the simulator understood.
   */
  readonly cut: { readonly afterEvents: number; readonly content?: readonly ReplyBlock[] };
  /** Resets the TCP connection before any answer. */
  readonly reset: object;
  /** Sends an `error` event after so many events of a stream; a JSON request gets the same error as its answer. */
  readonly error_event: {
    readonly afterEvents: number;
    readonly content?: readonly ReplyBlock[];
    /** Default `overloaded_error`. */
    readonly type?: string;
    readonly message?: string;
  };
}

export type StepKind = keyof ScriptedSteps;

/** One step of a script: `{ kind: 'text', text: 'Hello.' }`. */
export type ScriptedStep = { readonly [Kind in StepKind]: { readonly kind: Kind } & ScriptedSteps[Kind] }[StepKind];
