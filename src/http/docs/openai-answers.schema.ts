import * as z from 'zod';
import { AGENT_NAME } from '../../agent/agent-name.js';
import type { CompletionUsage } from '../openai/completion.js';
import type { OpenAiError as OurError } from '../openai/openai-error.js';

const count = z.int().min(0);
const finishReason = z.enum(['stop', 'length', 'content_filter']);

const usage = z.object({
  prompt_tokens: count, completion_tokens: count, total_tokens: count, prompt_tokens_details: z.object({ cached_tokens: count }),
}) satisfies z.ZodType<CompletionUsage>;

const frame = { id: z.string().describe('`chatcmpl-` and the id of the run.'), created: count.describe('Seconds since 1970.'), model: z.literal(AGENT_NAME) };

export const Completion = z.object({
  ...frame,
  object: z.literal('chat.completion'),
  choices: z.array(z.object({
    index: z.literal(0), logprobs: z.null(), finish_reason: finishReason,
    message: z.object({ role: z.literal('assistant'), content: z.string(), refusal: z.null() }),
  })),
  usage,
});

export const CompletionChunk = z.object({
  ...frame,
  object: z.literal('chat.completion.chunk'),
  choices: z.array(z.object({
    index: z.literal(0), logprobs: z.null(), finish_reason: finishReason.nullable(),
    delta: z.object({ role: z.literal('assistant').exactOptional(), content: z.string().exactOptional() }),
  })).describe('None in the last chunk, which has `usage`.'),
  usage: usage.exactOptional().describe('When `stream_options.include_usage` asked for it.'),
}).describe('One piece of an answer. `data: [DONE]` follows the last one.');

export const OpenAiError = z.object({
  error: z.object({ message: z.string(), type: z.string(), param: z.null(), code: z.string().describe('The code of a problem.') }),
}) satisfies z.ZodType<OurError>;

export const Model = z.object({ id: z.literal(AGENT_NAME), object: z.literal('model'), created: count, owned_by: z.string() });

export const ModelList = z.object({ object: z.literal('list'), data: z.array(Model) });
