import type { NanoUsd } from './money.js';

/**
 * The vocabulary of a conversation. The shapes are those of the Messages API, so that history is sent exactly as it is
 * kept: nothing is translated, and a block that we do not understand goes back to the model verbatim.
 */
export interface TextBlock {
  readonly type: 'text';
  readonly text: string;
}

export interface ToolUseBlock {
  readonly type: 'tool_use';
  readonly id: string;
  readonly name: string;
  readonly input: unknown;
}

export interface ToolResultBlock {
  readonly type: 'tool_result';
  readonly tool_use_id: string;
  readonly content: string;
  readonly is_error?: true;
}

/** A block only the model can read (`thinking`, `redacted_thinking`): kept and returned unchanged. */
export interface OpaqueBlock {
  readonly type: 'thinking' | 'redacted_thinking';
  readonly [field: string]: unknown;
}

export type AssistantBlock = TextBlock | ToolUseBlock | OpaqueBlock;

export type Message =
  | { readonly role: 'user'; readonly content: string | readonly (TextBlock | ToolResultBlock)[] }
  | { readonly role: 'assistant'; readonly content: readonly AssistantBlock[] };

/** Tokens of one model call, as four disjoint counts whose sum is what is billed. */
export interface Usage {
  readonly input_tokens: number;
  readonly output_tokens: number;
  readonly cache_read_tokens: number;
  readonly cache_write_tokens: number;
}

/** Why the model stopped: the API's own words, or `other` for one it learns after us. */
export const STOP_REASONS = [
  'end_turn', 'tool_use', 'max_tokens', 'stop_sequence', 'pause_turn', 'refusal', 'model_context_window_exceeded', 'other',
] as const;
export type StopReason = (typeof STOP_REASONS)[number];

/** One complete reply: the model said why it stopped, and nothing of it is missing. */
export interface Reply {
  readonly id: string;
  readonly model: string;
  readonly content: readonly AssistantBlock[];
  readonly stopReason: StopReason;
  readonly usage: Usage;
  /** What it cost. Undefined when the model has no price: unknown, which is not the same as nothing. */
  readonly cost?: NanoUsd;
  /** The configured model that answered in the place of another one. */
  readonly fallback?: { readonly from: string; readonly to: string };
  /** Replies that came before this one on the same question: no use, or only its beginning. They were paid for. */
  readonly earlier?: readonly Reply[];
}

export interface ToolDefinition {
  readonly name: string;
  readonly description: string;
  /** JSON Schema of the input, always of type `object`. */
  readonly input_schema: { readonly type: 'object'; readonly [keyword: string]: unknown };
}

export const NO_USAGE: Usage = { input_tokens: 0, output_tokens: 0, cache_read_tokens: 0, cache_write_tokens: 0 };

export function addUsage(a: Usage, b: Usage): Usage {
  return {
    input_tokens: a.input_tokens + b.input_tokens,
    output_tokens: a.output_tokens + b.output_tokens,
    cache_read_tokens: a.cache_read_tokens + b.cache_read_tokens,
    cache_write_tokens: a.cache_write_tokens + b.cache_write_tokens,
  };
}

/** The text of a reply, without tool calls and thinking. */
export function textOf(content: readonly AssistantBlock[]): string {
  return content.map((block) => (block.type === 'text' ? block.text : '')).join('');
}

export function toolCallsOf(content: readonly AssistantBlock[]): readonly ToolUseBlock[] {
  return content.filter((block) => block.type === 'tool_use');
}
