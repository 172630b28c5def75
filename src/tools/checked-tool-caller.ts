import { Failure } from '../kernel/failure.js';
import { cut } from '../kernel/text.js';
import type { ToolUseBlock } from '../kernel/transcript.js';
import type { BreakerRegistry } from '../resilience/breaker-registry.js';
import { withDeadline } from '../resilience/deadline.js';
import { resultText } from './result-text.js';
import { failedCall, refusedInput, toolFailure } from './tool-failure.js';
import type { ToolContext } from './tool-handler.js';
import type { RegisteredTool, ToolRegistry } from './tool.registry.js';
import { ToolCaller, type ToolOutcome } from './toolbox.js';

export interface ToolLimits {
  readonly timeoutMilliseconds: number;
  /** Called when a tool ends after it was given up. */
  readonly onLate: (toolName: string) => void;
}

/** Checks the input, keeps the time, guards optional tools with a breaker, and turns every failure into words for the model. */
export class CheckedToolCaller extends ToolCaller {
  constructor(
    private readonly registry: ToolRegistry,
    private readonly breakers: BreakerRegistry,
    private readonly limits: ToolLimits,
  ) {
    super();
  }

  override async call(call: ToolUseBlock, signal: AbortSignal): Promise<ToolOutcome> {
    const outcome = { toolUseId: call.id, toolName: call.name };
    const tool = this.registry.get(call.name);
    if (!tool || !this.registry.isAvailable(tool)) {
      return { ...outcome, errorType: 'not_found', content: `There is no tool called "${cut(call.name, 64)}".` };
    }
    try {
      const input = tool.input.safeParse(call.input);
      if (!input.success) return { ...outcome, ...refusedInput(call.name, call.input, input.error) };
      return { ...outcome, content: resultText(await this.guarded(tool, input.data, call.id, signal)) };
    } catch (error) {
      signal.throwIfAborted();
      return { ...outcome, ...failedCall(call.name, toolFailure(error)) };
    }
  }

  private guarded(tool: RegisteredTool, input: unknown, toolUseId: string, signal: AbortSignal): Promise<unknown> {
    const { name, criticality, timeoutMilliseconds } = tool.options;
    const timed = (within: AbortSignal) => withDeadline({
      milliseconds: Math.min(timeoutMilliseconds ?? Infinity, this.limits.timeoutMilliseconds),
      signal: within,
      failure: () => new Failure('tool_timeout', { errorType: 'timeout', retryable: true, publicMessage: `The tool "${name}" did not finish in time.` }),
      onLate: () => this.limits.onLate(name),
    }, (limited) => ran(tool, input, { signal: limited, toolUseId }));
    return criticality === 'optional' ? this.breakers.get(breakerName(name)).execute(timed, signal) : timed(signal);
  }
}

/** The breaker of an optional tool. */
export function breakerName(toolName: string): string {
  return `tool:${toolName}`;
}

/** What the tool returned, or a Failure: the breaker and the deadline behind this never touch what the tool threw. */
async function ran(tool: RegisteredTool, input: unknown, context: ToolContext): Promise<unknown> {
  try {
    return await tool.handler.run(input, context);
  } catch (error) {
    throw toolFailure(error);
  }
}
