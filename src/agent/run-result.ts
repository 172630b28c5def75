import type { ErrorType } from '../kernel/failure.js';
import type { ToolCallSummary } from './run-tally.js';

/** `success` means that the model answered to the end. Anything less says so, although it may come with text. */
export const RUN_OUTCOMES = ['success', 'error', 'cancelled', 'rejected'] as const;
export type RunOutcome = (typeof RUN_OUTCOMES)[number];

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
