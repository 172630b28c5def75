import type { ErrorType } from '../kernel/failure.js';
import type { ToolDefinition, ToolUseBlock } from '../kernel/transcript.js';

export interface ToolOutcome {
  readonly toolUseId: string;
  readonly toolName: string;
  /** What the model reads: never empty, also for a failure. */
  readonly content: string;
  /** Why the tool failed; undefined when it did its work. */
  readonly errorType?: ErrorType;
  /** True when the tool, and not what was asked of it, is to blame: the answer goes on without it. */
  readonly degraded?: boolean;
}

export interface Offer {
  readonly tools: readonly ToolDefinition[];
  /** Names of tools that are left out because their upstreams are down. They come back by themselves. */
  readonly withdrawn: readonly string[];
}

export interface ToolEvents {
  readonly onToolCompleted?: ((outcome: ToolOutcome) => void) | undefined;
}

/** Runs one tool call. Never throws for a failing tool: the model reads the failure in the result. Throws only the signal's reason. */
export abstract class ToolCaller {
  abstract call(call: ToolUseBlock, signal: AbortSignal): Promise<ToolOutcome>;
}

/** The tools as the agent sees them. */
export abstract class Toolbox {
  /** What the model may use now. */
  abstract offer(): Offer;

  /** True when a second run of this call does no harm, so that it may be repeated when nobody knows how the first one ended. */
  abstract mayRepeat(call: ToolUseBlock): boolean;

  /** Runs the calls of one reply side by side and returns one outcome for each, in the order of the calls. */
  abstract execute(calls: readonly ToolUseBlock[], options: ToolEvents & { readonly signal: AbortSignal }): Promise<readonly ToolOutcome[]>;
}
