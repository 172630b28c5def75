import { add, negate, power } from './arithmetic.js';
import { ExpressionError } from './expression-error.js';
import { MAX_ARGUMENTS } from './limits.js';
import { bitLength, finite, toDouble, type Value } from './numbers.js';
import { ceil, floor, round } from './rounding.js';

/** Computes one step. It is called with as many values as its definition allows, and answers finitely or throws ExpressionError. */
export type Operation = (...values: Value[]) => Value;

/** A function an expression may call, and how many arguments it takes. */
export interface FunctionDefinition {
  readonly minimumArguments: number;
  readonly maximumArguments: number;
  readonly operation: Operation;
}

/** Bits of an integer that surely fit a double; what is above is shifted away before a logarithm. */
const DOUBLE_BITS = 1_000;

/** Maps, not objects: the names `constructor` and `__proto__` must be as unknown as any other. */
export const CONSTANTS: ReadonlyMap<string, number> = new Map([['pi', Math.PI], ['e', Math.E]]);

/** Everything an expression may call. Angles are in radians; `log` is the natural logarithm. */
export const FUNCTIONS: ReadonlyMap<string, FunctionDefinition> = new Map([
  ['sqrt', taking(1, 1, squareRoot)],
  ['sin', taking(1, 1, (angle: Value) => Math.sin(toDouble(angle)))],
  ['cos', taking(1, 1, (angle: Value) => Math.cos(toDouble(angle)))],
  ['tan', taking(1, 1, (angle: Value) => finite(Math.tan(toDouble(angle))))],
  ['log', taking(1, 1, (value: Value) => logarithm(value, Math.log))],
  ['log10', taking(1, 1, (value: Value) => logarithm(value, Math.log10))],
  ['exp', taking(1, 1, (exponent: Value) => finite(Math.exp(toDouble(exponent))))],
  ['abs', taking(1, 1, (value: Value) => (value < 0 ? negate(value) : value))],
  ['round', taking(1, 2, round)],
  ['floor', taking(1, 1, floor)],
  ['ceil', taking(1, 1, ceil)],
  ['min', taking(1, MAX_ARGUMENTS, (...values) => values.reduce((least, value) => (value < least ? value : least)))],
  ['max', taking(1, MAX_ARGUMENTS, (...values) => values.reduce((most, value) => (value > most ? value : most)))],
  ['sum', taking(1, MAX_ARGUMENTS, (...values) => values.reduce(add))],
  ['pow', taking(2, 2, power)],
]);

function taking(minimumArguments: number, maximumArguments: number, operation: Operation): FunctionDefinition {
  return { minimumArguments, maximumArguments, operation };
}

function squareRoot(value: Value): Value {
  if (value < 0) throw new ExpressionError('A negative number has no real square root');
  return Math.sqrt(toDouble(value));
}

/** Also works on integers beyond any double: log(a * 2**n) is log(a) + n * log(2). */
function logarithm(value: Value, logarithmOf: (double: number) => number): Value {
  if (value <= 0) throw new ExpressionError('Only a positive number has a logarithm');
  if (typeof value === 'number') return logarithmOf(value);
  const surplusBits = Math.max(0, bitLength(value) - DOUBLE_BITS);
  return logarithmOf(Number(value >> BigInt(surplusBits))) + surplusBits * logarithmOf(2);
}
