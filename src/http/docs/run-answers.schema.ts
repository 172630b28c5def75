import * as z from 'zod';
import type { RunResult as AgentResult } from '../../agent/run-result.js';
import { STOP_REASONS, type Message as KernelMessage } from '../../kernel/transcript.js';
import { RUN_OUTCOMES, RUN_STATUSES } from '../../store/run-record.js';
import type { ConversationView as Conversation } from '../runs/conversations.controller.js';
import type { RunIds } from '../runs/run-stream.js';
import type { RunView as View } from '../runs/run-view.js';
import { Problem } from './service-answers.schema.js';

const count = z.int().min(0);
const moment = z.iso.datetime();
const toolStatus = z.enum(['success', 'error']);

export const RunResult = z.object({
  reply: z.string().describe('The text of the last reply.'),
  conversation_id: z.string().describe('Send it to go on.'),
  run_id: z.string(),
  correlation_id: z.string(),
  trace_id: z.string().nullable().describe('Null when tracing is off.'),
  outcome: z.enum(['success', 'error']).describe('`error`: there is text, but not a whole answer.'),
  error_type: z.enum(['truncated', 'refusal', 'max_iterations', 'tool_loop']).nullable().describe('Null for `success`.'),
  stop_reason: z.enum([...STOP_REASONS, 'max_iterations', 'tool_loop']),
  truncated: z.boolean().describe('True when `reply` is only the beginning of one.'),
  model: z.string().describe('Who gave the last reply.'),
  simulated: z.boolean().describe('True when no real model answered.'),
  iterations: count.describe('Times the model was asked.'),
  tool_calls: z.array(z.object({ id: z.string(), name: z.string(), status: toolStatus, error_type: z.string().exactOptional() })),
  usage: z.object({
    input_tokens: count, output_tokens: count, cache_read_tokens: count, cache_write_tokens: count, llm_calls: count,
  }).describe('Disjoint kinds of tokens over all model calls: their sum is billed.'),
  cost_usd: z.number().nullable().describe('Null when a model without a price took part.'),
  duration_ms: z.number(),
  degraded: z.array(z.string()).describe('What the answer had to do without.'),
}) satisfies z.ZodType<AgentResult>;

export const RunAccepted = z.object({ run_id: z.string(), status: z.literal('queued') });

export const RunView = z.object({
  run_id: z.string(), conversation_id: z.string(), correlation_id: z.string(),
  status: z.enum(RUN_STATUSES),
  outcome: z.enum(RUN_OUTCOMES).nullable().describe('Null until it ended.'),
  error_type: z.string().nullable(),
  message: z.string(), priority: z.int().min(0).max(9),
  attempts: count.describe('Times it was begun.'),
  cancel_requested: z.boolean(),
  created_at: moment, started_at: moment.nullable(), ended_at: moment.nullable(),
  result: RunResult.nullable().describe('The answer; null when there is none (yet).'),
  error: Problem.nullable().describe('Why there is none; null when there is one, or may still be.'),
}) satisfies z.ZodType<View>;

export const RunList = z.object({
  runs: z.array(RunView).describe('The newest first.'),
  next_cursor: z.string().nullable().describe('Send it as `cursor` for the next page; null on the last one.'),
});

const text = z.object({ type: z.literal('text'), text: z.string() });
const toolUse = z.object({ type: z.literal('tool_use'), id: z.string(), name: z.string(), input: z.unknown() });
const toolResult = z.object({ type: z.literal('tool_result'), tool_use_id: z.string(), content: z.string(), is_error: z.literal(true).exactOptional() });
const opaque = z.looseObject({ type: z.enum(['thinking', 'redacted_thinking']) });

const message = z.union([
  z.object({ role: z.literal('user'), content: z.union([z.string(), z.array(z.union([text, toolResult]))]) }),
  z.object({ role: z.literal('assistant'), content: z.array(z.union([text, toolUse, opaque])) }),
]) satisfies z.ZodType<KernelMessage>;

export const ConversationView = z.object({
  conversation_id: z.string(), created_at: moment, updated_at: moment,
  messages: z.array(message).describe('In the words of the Messages API, tool calls and their results included.'),
}) satisfies z.ZodType<Conversation>;

const ids = z.object({ run_id: z.string(), conversation_id: z.string(), correlation_id: z.string() }) satisfies z.ZodType<RunIds>;

function event<N extends string, D extends z.ZodType>(name: N, data: D, description: string): z.ZodObject<{ id: z.ZodInt; event: z.ZodLiteral<N>; data: D }> {
  return z.object({ id: count, event: z.literal(name), data }).describe(description);
}

export const RunEvent = z.discriminatedUnion('event', [
  event('run.started', ids.extend({ version: z.literal(1) }), 'First, once.'),
  event('text.delta', z.object({ text: z.string() }), 'A piece of text.'),
  event('tool.started', z.object({ id: z.string(), name: z.string() }), 'A tool call begins.'),
  event('tool.completed', z.object({ id: z.string(), name: z.string(), status: toolStatus, error_type: z.string().nullable() }), 'It ended.'),
  event('degraded', z.object({ component: z.string() }), 'From here on the answer has to do without this.'),
  event('restart', z.object({ attempt: count }), 'All text since the last tool call is void, and follows anew.'),
  event('run.completed', RunResult, 'Last, when the run was carried out.'),
  event('error', Problem, 'Last, when it was not, or when it goes on at `resume`.'),
]).describe('One server-sent event, with `data` parsed from its JSON. Ids grow, with gaps.');
