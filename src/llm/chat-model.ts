import type { Message, Reply, ToolDefinition } from '../kernel/transcript.js';

export interface ChatRequest {
  readonly system: string;
  readonly messages: readonly Message[];
  readonly tools: readonly ToolDefinition[];
  /** Tokens that the reply may have, in place of the configured number. */
  readonly maxTokens?: number;
}

export interface CallOptions {
  /** Ends the call; its reason is what the call then throws. */
  readonly signal: AbortSignal;
  /**
   * Receives text as it arrives. A sink, not a returned stream: the call stays one promise, so its
   * context stays active.
   */
  readonly onText?: ((text: string) => void) | undefined;
  /**
   * Whoever gives this can begin anew: it is told when what `onText` got so far is void, and the whole reply follows again.
   * Without it a reply that breaks off after its first text fails.
   */
  readonly onRestart?: ((attempt: number) => void) | undefined;
  /** Called when the model begins to answer, with a word or without. */
  readonly onBegin?: (() => void) | undefined;
  /** Which attempt at the same question this is, from 1. */
  readonly attempt?: number;
}

/** What is known of a model before it is called. */
export interface ModelIdentity {
  readonly provider: string;
  /** The id that is sent, metered and priced. */
  readonly name: string;
  readonly simulated: boolean;
  readonly maxTokens: number;
  readonly temperature: number | undefined;
  readonly serverAddress: string;
  readonly serverPort: number;
}

/** One exchange with a language model. An abstract class, so it is its own injection token. */
export abstract class ChatModel {
  abstract readonly identity: ModelIdentity;

  /**
   * Resolves with a complete reply only: the model said why it stopped.
   * @throws Failure with a code that starts with `llm_`, `upstream_`, `context_`, `stream_` or `circuit_`, or the signal's reason.
   */
  abstract complete(request: ChatRequest, options: CallOptions): Promise<Reply>;
}
