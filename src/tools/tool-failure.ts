import type * as z from 'zod';
import { errorTypeOf, Failure, type ErrorType } from '../kernel/failure.js';
import { redactText } from '../kernel/redaction.js';
import { cut } from '../kernel/text.js';
import type { ToolOutcome } from './toolbox.js';

/** Code points of an error text, which has at most 500 with the note of what was cut off: enough to name the tool and the field. */
const ERROR_CHARACTERS = 470;
/** What a model writes as its input that is no JSON object comes as the text of this one field. */
const UNREADABLE = 'unreadable_input';

type FailedPart = Pick<ToolOutcome, 'content' | 'errorType' | 'degraded'>;

/** What speaks against the tool rather than against what was asked of it. */
const BROKEN: ReadonlySet<ErrorType> = new Set<ErrorType>(['timeout', 'circuit_open', 'permission', 'execution']);

const TOOL_ERROR_TYPES: readonly ErrorType[] = ['validation', 'timeout', 'circuit_open', 'not_found', 'permission'];

/**
 * What a tool threw as a Failure of the same error type, with its public message if it has one. A tool is user code: what it
 * throws may be anything, even an object that throws when it is looked at, and nobody behind this has to know. Never throws.
 */
export function toolFailure(thrown: unknown): Failure {
  try {
    const { code, publicMessage, retryAfterSeconds } = Object(thrown) as Record<string, unknown>;
    return new Failure(typeof code === 'string' ? code : 'tool_failed', {
      errorType: errorTypeOf(thrown), cause: thrown,
      publicMessage: typeof publicMessage === 'string' ? publicMessage : 'It failed in an unexpected way.',
      ...(typeof retryAfterSeconds === 'number' && { retryAfterSeconds }),
    });
  } catch (error) {
    return new Failure('tool_failed', { errorType: 'execution', publicMessage: 'It failed in an unexpected way.', cause: error });
  }
}

/** What the model reads of a tool that failed. */
export function failedCall(toolName: string, { publicMessage, errorType: thrown }: Failure): FailedPart {
  const errorType = TOOL_ERROR_TYPES.includes(thrown) ? thrown : 'execution';
  return { errorType, content: errorText(`The tool "${toolName}" failed. ${publicMessage}`), ...(BROKEN.has(errorType) && { degraded: true }) };
}

/** What the model reads of an input that the tool does not take. */
export function refusedInput(toolName: string, input: unknown, { issues }: z.ZodError): FailedPart {
  if (UNREADABLE in Object(input)) {
    return { errorType: 'validation', content: errorText(`The tool "${toolName}" was not run: its input was not valid JSON. Send one JSON object.`) };
  }
  const problems = issues.map(({ path, message }) => `${path.join('.') || 'input'}: ${message}`).join('; ');
  return { errorType: 'validation', content: errorText(`The input of "${toolName}" is not valid. ${problems}`) };
}

/** Looks at no more than could be shown, with room for what redaction takes away: a message may be megabytes long. */
function errorText(text: string): string {
  return cut(redactText(text.slice(0, 4 * ERROR_CHARACTERS)), ERROR_CHARACTERS);
}
