import type { ErrorType } from '../kernel/failure.js';
import { toUsd } from '../kernel/money.js';
import type { ModelIdentity } from '../llm/chat-model.js';
import type { RunOutcome } from '../store/run-record.js';
import type { Answer } from './answerer.js';
import type { Run } from './run.js';
import type { ToolCallSummary } from './run-tally.js';

/** The answer to one request: the body of `POST /chat` and of `task-agent ask --json`. Names are the wire's. */
export interface RunResult {
  readonly reply: string;
  readonly conversation_id: string;
  readonly run_id: string;
  readonly correlation_id: string;
  /** Null when tracing is off. */
  readonly trace_id: string | null;
  readonly outcome: RunOutcome;
  /** Why the outcome is not `success`; null when it is. */
  readonly error_type: ErrorType | null;
  readonly stop_reason: string;
  /** True when the reply is only the beginning of one. */
  readonly truncated: boolean;
  /** Who gave the last reply. */
  readonly model: string;
  /** True when no real model answered. */
  readonly simulated: boolean;
  readonly iterations: number;
  readonly tool_calls: readonly ToolCallSummary[];
  readonly usage: { readonly input_tokens: number; readonly output_tokens: number; readonly cache_read_tokens: number; readonly cache_write_tokens: number; readonly llm_calls: number };
  /** Null when a model that has no price took part. */
  readonly cost_usd: number | null;
  readonly duration_ms: number;
  /** What the answer had to do without: tools, and `llm:<name>` for a model that another one stood in for. */
  readonly degraded: readonly string[];
}

export interface Circumstances {
  readonly identity: ModelIdentity;
  /** Null when tracing is off. */
  readonly traceId: string | null;
  readonly milliseconds: number;
}

/** The answer to `run`, as it is given and kept. */
export function resultOf(run: Run, { ending, verdict }: Answer, { identity, traceId, milliseconds }: Circumstances): RunResult {
  const { usage, llmCalls, toolCalls, degraded, priced, cost, model } = run.tally;
  return {
    reply: verdict.reply,
    conversation_id: run.conversationId, run_id: run.runId, correlation_id: run.correlationId, trace_id: traceId,
    outcome: verdict.errorType ? 'error' : 'success', error_type: verdict.errorType ?? null, stop_reason: ending.stopReason,
    truncated: verdict.errorType === 'truncated',
    model: model ?? identity.name, simulated: identity.simulated,
    iterations: ending.iterations, tool_calls: toolCalls, usage: { ...usage, llm_calls: llmCalls },
    cost_usd: priced ? toUsd(cost) : null,
    duration_ms: Math.round(milliseconds * 1e3) / 1e3,
    degraded: [...degraded],
  };
}
