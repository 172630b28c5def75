import type { ReplyBlock, Usage } from './protocol/messages-protocol.js';

/** What a fault happens to: this content, or what the simulator understood when there is none. */
interface OnContent {
  readonly content?: readonly ReplyBlock[];
}

/** A fault in the middle of a stream: after so many of its events, 0 being right behind the headers. */
interface InStream extends OnContent {
  readonly afterEvents: number;
}

/**
 * How a connection ends before its answer does. `break` closes it without an end of the body, `fin` ends the body as if it
 * were whole, `reset` is a TCP reset, and `hang` keeps it open and silent until the client leaves.
 */
export type CutKind = 'break' | 'fin' | 'reset' | 'hang';

/**
 * How a stream can be none. `bad_json`: the data of one event ends half-way. `out_of_order`: a delta comes before the start of
 * its block. `dup_start`: a second `message_start`. `no_events`: it ends at once. `no_stop`, `no_message_delta`: that event is missing.
 */
export type MalformedStream = 'bad_json' | 'out_of_order' | 'dup_start' | 'no_events' | 'no_stop' | 'no_message_delta';

/**
 * What a stream may legally do, and clients trip over. `crlf`: line ends of two characters. `split_utf8`: every byte outside
 * ASCII is a chunk of its own. `unknown_event`: events of a type that nobody knows. `huge_event`: one delta of `bytes` bytes.
 * `ping`: many pings. `thinking`, `unknown_block`: such a block comes first.
 */
export type StreamOddity = 'crlf' | 'split_utf8' | 'unknown_event' | 'huge_event' | 'ping' | 'thinking' | 'unknown_block';

/**
 * What the simulator does with one request to `POST /v1/messages` instead of understanding it. The request is
 * validated first, and a refused one uses up no step. A new kind is one entry here and one in `step-player.ts`.
 */
export interface ScriptedSteps {
  /** Answers as if nothing were scripted. */
  readonly ok: object;
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
  /** Answers with exactly these bytes, whether the request asked for a stream or not. */
  readonly body: { readonly status: number; readonly contentType: string; readonly text: string };
  /** Never answers, or never more than the headers. Over when the client closes the connection or the simulator is closed. */
  readonly hang: { readonly when?: 'before_headers' | 'after_headers' };
  /** Breaks the connection off: a stream after so many events, a JSON answer half-way. `how` is `break` by default. */
  readonly cut: InStream & { readonly how?: CutKind };
  /** Resets the TCP connection: before any answer, behind its headers, or inside its fifth event (a JSON answer half-way). */
  readonly reset: OnContent & { readonly when?: 'before_headers' | 'after_headers' | 'mid_body' };
  /** Sends an `error` event after so many events of a stream; a JSON request gets the same error as its answer. */
  readonly error_event: InStream & {
    /** Default `overloaded_error`. */
    readonly type?: string;
    readonly message?: string;
  };
  /** A stream that is none; for a JSON request a body that ends half-way. `afterEvents` (default 3) says where for the kinds that have a place. */
  readonly malformed: OnContent & { readonly what: MalformedStream; readonly afterEvents?: number };
  /** A stream that is right and unusual. A JSON request gets the same message. `bytes` (default 8 MB) is for `huge_event`. */
  readonly oddity: OnContent & { readonly what: StreamOddity; readonly bytes?: number };
  /** Begins the message and then sends nothing but pings, until the client leaves. Default: every 200 ms. */
  readonly ping_forever: OnContent & { readonly everyMilliseconds?: number };
  /** Sends so many bytes of the answer every so many milliseconds. Default: 1 byte every 200 ms. */
  readonly drip: OnContent & { readonly bytes?: number; readonly everyMilliseconds?: number };
  /** Is silent for so long, and then answers normally. */
  readonly slow: OnContent & { readonly milliseconds: number };
}

export type StepKind = keyof ScriptedSteps;

/** One step of a script: `{ kind: 'text', text: 'Hello.' }`. */
export type ScriptedStep = { readonly [Kind in StepKind]: { readonly kind: Kind } & ScriptedSteps[Kind] }[StepKind];
