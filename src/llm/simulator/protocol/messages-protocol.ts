/** The part of the Messages API (version 2026-10-21) that the simulator speaks. Names are the wire's own. */

export interface CacheControl {
  readonly type: 'ephemeral';
  readonly ttl?: '5m' | '1h';
}

/** A content block of a request, after validation. Only the fields that the simulator reads. */
export interface RequestBlock {
  readonly type: 'text' | 'tool_use' | 'tool_result' | 'thinking' | 'redacted_thinking' | 'image' | 'document' | 'unheard_of';
  readonly cache_control?: CacheControl | null;
  readonly text?: string;
  readonly id?: string;
  readonly name?: string;
  readonly input?: Readonly<Record<string, unknown>>;
  readonly tool_use_id?: string;
  readonly content?: string | readonly RequestBlock[];
  readonly is_error?: boolean;
  readonly thinking?: string;
}

export interface RequestMessage {
  readonly role: 'user' | 'assistant';
  readonly content: string | readonly RequestBlock[];
}

export interface ToolDefinition {
  readonly name: string;
  readonly description?: string;
  readonly input_schema: Readonly<Record<string, unknown>>;
  readonly cache_control?: CacheControl | null;
}

export interface ToolChoice {
  readonly type: 'auto' | 'any' | 'tool' | 'none';
  readonly name?: string;
  readonly disable_parallel_tool_use?: boolean;
}

/** A request body that passed `validateMessagesRequest` or `validateCountTokensRequest`. */
export interface MessagesRequest {
  readonly model: string;
  /** Absent for `count_tokens` only. */
  readonly max_tokens?: number;
  readonly messages: readonly RequestMessage[];
  readonly system?: string | readonly RequestBlock[];
  readonly tools?: readonly ToolDefinition[];
  readonly tool_choice?: ToolChoice;
  readonly stop_sequences?: readonly string[];
  readonly stream?: boolean;
  readonly cache_control?: CacheControl | null;
}

/** What a reply says, before it has ids: blocks as a script or the understanding writes them. */
export type ReplyBlock =
  | { readonly type: 'text'; readonly text: string }
  | {
    readonly type: 'tool_use'; readonly name: string; readonly input: unknown; readonly id?: string;
    /** What a stream sends as the input instead: text that need not be JSON. A JSON answer has `input`. */
    readonly rawInput?: string;
  }
  | { readonly type: 'thinking'; readonly thinking: string; readonly signature?: string }
  | { readonly type: 'redacted_thinking'; readonly data: string }
  | UnknownBlock;

/** A block of a type that no client knows, as the API may add one any day. */
export interface UnknownBlock {
  readonly type: 'unheard_of';
  readonly note: string;
}

export interface Usage {
  readonly cache_creation: { readonly ephemeral_1h_input_tokens: number; readonly ephemeral_5m_input_tokens: number };
  readonly cache_creation_input_tokens: number;
  readonly cache_read_input_tokens: number;
  readonly inference_geo: string | null;
  readonly input_tokens: number;
  readonly output_tokens: number;
  readonly output_tokens_details: { readonly thinking_tokens: number } | null;
  readonly server_tool_use: null;
  readonly service_tier: 'standard' | 'priority' | 'batch';
  readonly speed: 'standard' | 'fast' | null;
}

/** A reply before it is composed into a `Message`. */
export interface ReplyDraft {
  readonly content: readonly ReplyBlock[];
  /** Default: `tool_use` when there is a tool_use block, else `end_turn`. Any string, so that unknown ones can be played. */
  readonly stopReason?: string;
  readonly stopSequence?: string;
  /** Figures that replace the estimated ones. */
  readonly usage?: Partial<Usage>;
}

/** The input of a tool_use block as its stream spells it. A symbol, so that it is never part of what is sent. */
export const RAW_INPUT = Symbol('raw input');

export type MessageBlock =
  | { readonly type: 'text'; readonly text: string; readonly citations: null }
  | {
    readonly type: 'tool_use'; readonly id: string; readonly name: string; readonly input: unknown; readonly caller: { readonly type: 'direct' };
    readonly [RAW_INPUT]?: string;
  }
  | { readonly type: 'thinking'; readonly thinking: string; readonly signature: string }
  | { readonly type: 'redacted_thinking'; readonly data: string }
  | UnknownBlock;

/** The body of a 200 answer. */
export interface Message {
  readonly id: string;
  readonly type: 'message';
  readonly role: 'assistant';
  readonly model: string;
  readonly content: readonly MessageBlock[];
  readonly stop_reason: string | null;
  readonly stop_sequence: string | null;
  readonly stop_details: null;
  readonly container: null;
  readonly diagnostics: null;
  readonly usage: Usage;
}
