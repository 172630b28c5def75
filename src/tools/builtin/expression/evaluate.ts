import { ExpressionError } from './expression-error.js';
import { MAX_EXPRESSION_CHARACTERS } from './limits.js';
import { format, type Value } from './numbers.js';
import { parse, type Step } from './parser.js';

/**
 * Computes one arithmetic expression and writes the result. Pure: no state, clock or environment.
 *
 * - Numbers: `12`, `1.5`, `.5`, `5.`, `1e3`. No separators, no other bases, no integer with leading zeros.
 * - Operators, loosest first: `+ -`; `* / %`; signs; `**`, right-associative and tighter than a sign on its left, as in
 *   Python: -2 ** 2 is -4. `^` is a power (a calculator has no use for XOR); `×`, `÷`, `−` are `*`, `/`, `-`.
 *   `%` is the remainder with the sign of the divisor. No implied product: `2pi` and `2(3)` are refused.
 * - sqrt sin cos tan log (natural) log10 exp abs round floor ceil min max sum pow, pi, e. `round` sends halves to the even
 *   neighbour. round(x), floor and ceil give integers.
 * - Integers are exact at any size up to `MAX_INTEGER_BITS`. `/` is exact when it divides. All else is a double, and a
 *   double too small to hold becomes 0.
 *
 * @returns digits with at most one sign, point and exponent; never NaN, Infinity, -0 or nothing.
 * @throws ExpressionError, and nothing else, for what is no expression, has no real value, or is over a limit.
 */
export function evaluateExpression(expression: string): string {
  if (expression.length > MAX_EXPRESSION_CHARACTERS) {
    throw new ExpressionError(`The expression is longer than ${MAX_EXPRESSION_CHARACTERS} characters`);
  }
  const stack: Value[] = [];
  for (const step of parse(expression)) {
    stack.push(step.kind === 'push' ? step.value : applied(step, stack.splice(-step.argumentCount)));
  }
  const [result] = stack;
  if (result === undefined) throw new ExpressionError('The expression is empty');
  return format(result);
}

function applied(step: Step & { kind: 'apply' }, values: readonly Value[]): Value {
  try {
    return step.operation(...values);
  } catch (error) {
    throw error instanceof ExpressionError ? new ExpressionError(error.problem, step.position) : error;
  }
}
