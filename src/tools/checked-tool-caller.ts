import type * as z from 'zod';
import { errorTypeOf, Failure, type ErrorType } from '../kernel/failure.js';
import { redactText } from '../kernel/redaction.js';
import { cut } from '../kernel/text.js';
import type { ToolUseBlock } from '../kernel/transcript.js';
import type { BreakerRegistry } from '../resilience/breaker-registry.js';
import { withDeadline } from '../resilience/deadline.js';
import type { RegisteredTool, ToolRegistry } from './tool.registry.js';
import { ToolCaller, type ToolOutcome } from './toolbox.js';

/** Code points of a result that the model gets; what is cut off is said. More would crowd out the conversation. */
const RESULT_CHARACTERS = 32_000;
/** Code points of an error text: enough to name the tool and the field. */
const ERROR_CHARACTERS = 500;

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
    if (!tool?.handler.available()) {
      return { ...outcome, errorType: 'not_found', content: `There is no tool called "${cut(call.name, 64)}".` };
    }
    const input = tool.input.safeParse(call.input);
    if (!input.success) return { ...outcome, errorType: 'validation', content: explain(call.name, input.error) };
    try {
      const result = await this.guarded(tool, input.data, call.id, signal);
      return { ...outcome, content: readable(result) };
    } catch (error) {
      signal.throwIfAborted();
      return { ...outcome, ...failed(tool, error) };
    }
  }

  private guarded(tool: RegisteredTool, input: unknown, toolUseId: string, signal: AbortSignal): Promise<string> {
    const { name, criticality, timeoutMilliseconds } = tool.options;
    const timed = (within: AbortSignal) => withDeadline({
      milliseconds: Math.min(timeoutMilliseconds ?? Infinity, this.limits.timeoutMilliseconds),
      signal: within,
      failure: () => new Failure('tool_timeout', { errorType: 'timeout', retryable: true, publicMessage: `The tool "${name}" did not finish in time.` }),
      onLate: () => this.limits.onLate(name),
    }, async (limited) => tool.handler.run(input, { signal: limited, toolUseId }));
    return criticality === 'optional' ? this.breakers.get(breakerName(name)).execute(timed, signal) : timed(signal);
  }
}

/** The breaker of an optional tool. */
export function breakerName(toolName: string): string {
  return `tool:${toolName}`;
}

/** A tool is user code: whatever it returned becomes text, and an empty text would be refused by the API. */
function readable(result: unknown): string {
  const text = cut(typeof result === 'string' ? result : JSON.stringify(result ?? ''), RESULT_CHARACTERS);
  return text.trim() === '' || text === '""' ? '(no output)' : text;
}

function failed(tool: RegisteredTool, error: unknown): Pick<ToolOutcome, 'content' | 'errorType' | 'degraded'> {
  const { publicMessage } = Object(error) as { publicMessage?: unknown };
  const reason = typeof publicMessage === 'string' ? publicMessage : 'It failed in an unexpected way.';
  return {
    errorType: toolErrorType(error),
    content: cut(redactText(`The tool "${tool.options.name}" failed. ${reason}`), ERROR_CHARACTERS),
    ...(BROKEN.has(toolErrorType(error)) && { degraded: true }),
  };
}

/** What speaks against the tool rather than against what was asked of it. */
const BROKEN: ReadonlySet<ErrorType> = new Set<ErrorType>(['timeout', 'circuit_open', 'permission', 'execution']);

const TOOL_ERROR_TYPES: readonly ErrorType[] = ['validation', 'timeout', 'circuit_open', 'not_found', 'permission'];

function toolErrorType(error: unknown): ErrorType {
  const errorType = errorTypeOf(error);
  return TOOL_ERROR_TYPES.includes(errorType) ? errorType : 'execution';
}

function explain(name: string, error: z.ZodError): string {
  const problems = error.issues.map((issue) => `${issue.path.join('.') || 'input'}: ${issue.message}`).join('; ');
  return cut(`The input of "${name}" is not valid. ${problems}`, ERROR_CHARACTERS);
}
