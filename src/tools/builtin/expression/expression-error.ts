import { MAX_MESSAGE_CHARACTERS, MAX_QUOTED_CHARACTERS } from './limits.js';

/**
 * The only thing `evaluateExpression` throws. The message names the problem and the place, has at most 200 characters,
 * and is safe for a model and a person: of the input it repeats only a short piece of names, digits and operators.
 */
export class ExpressionError extends Error {
  override readonly name = 'ExpressionError';

  /** @param position where in the expression, in characters counted from 1. */
  constructor(readonly problem: string, readonly position?: number) {
    const place = position === undefined ? '' : ` (at character ${position})`;
    super(`${problem}${place}.`.slice(0, MAX_MESSAGE_CHARACTERS));
  }
}

/** A piece of the input in quotes, cut to a length a message can hold. */
export function quoted(text: string): string {
  return text.length > MAX_QUOTED_CHARACTERS ? `"${text.slice(0, MAX_QUOTED_CHARACTERS)}..."` : `"${text}"`;
}
