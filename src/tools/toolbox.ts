import type { ErrorType } from '../kernel/failure.js';
import type { ToolDefinition, ToolUseBlock } from '../kernel/transcript.js';

export interface ToolOutcome {
  readonly toolUseId: string;
  readonly toolName: string;
  /** What the model reads: never empty, also for a failure. */
  readonly content: string;
  /** Why the tool failed; undefined when it did its work. */
  readonly errorType?: ErrorType;
  /** True when an optional tool failed: the answer goes on without it. */
  readonly degraded?: boolean;
}

export interface ToolEvents {
  readonly onToolStarted?: ((call: ToolUseBlock) => void) | undefined;
  readonly onToolCompleted?: ((outcome: ToolOutcome) => void) | undefined;
}

/** Runs one tool call. Never throws for a failing tool: the model reads the failure in the result. Throws only the signal's reason. */
export abstract class ToolCaller {
  abstract call(call: ToolUseBlock, signal: AbortSignal): Promise<ToolOutcome>;
}

/** The tools as the agent sees them. */
export abstract class Toolbox {
  /** What may be offered to the model now. */
  abstract offered(): readonly ToolDefinition[];

  /** Runs the calls of one reply side by side and returns one outcome for each, in the order of the calls. */
  abstract execute(calls: readonly ToolUseBlock[], options: ToolEvents & { readonly signal: AbortSignal }): Promise<readonly ToolOutcome[]>;
}
