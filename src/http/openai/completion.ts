import { AGENT_NAME } from '../../agent/agent-name.js';
import type { RunResult } from '../../agent/run-result.js';

export type FinishReason = 'stop' | 'length' | 'content_filter';

/** Tokens, in the words of the OpenAI API: what was cached is a part of the prompt. */
export interface CompletionUsage {
  readonly prompt_tokens: number;
  readonly completion_tokens: number;
  readonly total_tokens: number;
  readonly prompt_tokens_details: { readonly cached_tokens: number };
}

/** What an answer consists of, whether it is sent whole or in pieces. */
export interface Completion {
  readonly id: string;
  /** Seconds since 1970. */
  readonly created: number;
  readonly content: string;
  readonly finishReason: FinishReason;
  readonly usage: CompletionUsage;
}

/** The frame that every piece of an answer comes in. */
export interface ChunkFrame {
  readonly id: string;
  readonly created: number;
}

export interface ChunkDelta {
  readonly role?: 'assistant';
  readonly content?: string;
}

/** A new frame, for the run of this id. */
export function frameOf(runId: string): ChunkFrame {
  return { id: `chatcmpl-${runId}`, created: Math.floor(Date.now() / 1e3) };
}

export function toCompletion(frame: ChunkFrame, result: RunResult): Completion {
  return { ...frame, content: result.reply, finishReason: finishReasonOf(result), usage: usageOf(result.usage) };
}

/** The body of an answer that is not streamed. */
export function completionBody({ id, created, content, finishReason, usage }: Completion): object {
  const message = { role: 'assistant', content, refusal: null };
  return { id, object: 'chat.completion', created, model: AGENT_NAME, choices: [{ index: 0, message, logprobs: null, finish_reason: finishReason }], usage };
}

export function chunkBody(frame: ChunkFrame, delta: ChunkDelta, finishReason: FinishReason | null = null): object {
  return { ...chunkFrame(frame), choices: [{ index: 0, delta, logprobs: null, finish_reason: finishReason }] };
}

export function usageChunkBody(frame: ChunkFrame, usage: CompletionUsage): object {
  return { ...chunkFrame(frame), choices: [], usage };
}

function chunkFrame({ id, created }: ChunkFrame): object {
  return { id, object: 'chat.completion.chunk', created, model: AGENT_NAME };
}

export function usageOf(usage: Omit<RunResult['usage'], 'llm_calls'>): CompletionUsage {
  const prompt = usage.input_tokens + usage.cache_read_tokens + usage.cache_write_tokens;
  return {
    prompt_tokens: prompt, completion_tokens: usage.output_tokens, total_tokens: prompt + usage.output_tokens,
    prompt_tokens_details: { cached_tokens: usage.cache_read_tokens },
  };
}

function finishReasonOf({ error_type: errorType }: RunResult): FinishReason {
  if (errorType === null) return 'stop';
  return errorType === 'refusal' ? 'content_filter' : 'length';
}
