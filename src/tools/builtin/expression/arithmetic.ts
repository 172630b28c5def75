import { ExpressionError } from './expression-error.js';
import { bitLength, bounded, finite, isZero, magnitude, refuseBits, toDouble, type Value } from './numbers.js';

/** Bits of an integer quotient before it is rounded to the 53 of a double; the surplus makes the rounding correct. */
const QUOTIENT_BITS = 66;

/** The sum. Like all of these: exact on two integers, in doubles otherwise. @throws ExpressionError instead of overflowing. */
export function add(left: Value, right: Value): Value {
  if (typeof left === 'bigint' && typeof right === 'bigint') return bounded(left + right);
  return finite(toDouble(left) + toDouble(right));
}

/** The difference. */
export function subtract(left: Value, right: Value): Value {
  return add(left, negate(right));
}

/** The value with the other sign. */
export function negate(value: Value): Value {
  return -value;
}

/** The product; refused from the sizes of its factors before it is computed. */
export function multiply(left: Value, right: Value): Value {
  if (typeof left !== 'bigint' || typeof right !== 'bigint') return finite(toDouble(left) * toDouble(right));
  refuseBits(bitLength(left) + bitLength(right) - 1);
  return bounded(left * right);
}

/** An exact integer when the integers divide, otherwise a double. */
export function divide(left: Value, right: Value): Value {
  if (isZero(right)) throw new ExpressionError('Division by zero');
  if (typeof left !== 'bigint' || typeof right !== 'bigint') return finite(toDouble(left) / toDouble(right));
  return left % right === 0n ? left / right : finite(quotient(left, right));
}

/** The remainder with the sign of the divisor, as in Python: -7 % 3 is 2. */
export function remainder(left: Value, right: Value): Value {
  if (isZero(right)) throw new ExpressionError('Remainder by zero');
  if (typeof left === 'bigint' && typeof right === 'bigint') return ((left % right) + right) % right;
  const divisor = toDouble(right);
  const rest = toDouble(left) % divisor;
  return rest !== 0 && rest < 0 !== divisor < 0 ? rest + divisor : rest;
}

/** The power; 0 ** 0 is 1. @throws ExpressionError when it is not real, or too large, which is known before it is computed. */
export function power(base: Value, exponent: Value): Value {
  if (typeof base === 'bigint' && typeof exponent === 'bigint' && exponent >= 0n) return integerPower(base, exponent);
  if (isZero(base) && exponent < 0) throw new ExpressionError('Zero has no negative power (division by zero)');
  const index = toDouble(exponent);
  if (base < 0 && !Number.isInteger(index)) {
    throw new ExpressionError('A negative number has no real power with a fractional exponent');
  }
  return finite(toDouble(base) ** index);
}

function integerPower(base: bigint, exponent: bigint): bigint {
  // 0, 1 and -1 stay small at any exponent, also one that no engine would loop over.
  if (magnitude(base) <= 1n) return exponent === 0n ? 1n : base ** (2n - (exponent % 2n));
  // The fewest bits the result can have; the true size is less than twice this, so the check after it is cheap.
  refuseBits(BigInt(bitLength(base) - 1) * exponent + 1n);
  return bounded(base ** exponent);
}

/** The double nearest to a quotient of integers, also when neither fits a double. Zero when it is below any double. */
function quotient(left: bigint, right: bigint): number {
  const shift = QUOTIENT_BITS - bitLength(left) + bitLength(right);
  const numerator = magnitude(left) << BigInt(Math.max(shift, 0));
  const denominator = magnitude(right) << BigInt(Math.max(-shift, 0));
  // A rest makes the last bit 1, so that a quotient just above a tie is not rounded as a tie.
  const mantissa = (numerator / denominator) | (numerator % denominator === 0n ? 0n : 1n);
  // Two factors, because 2 ** -shift alone can underflow where the result does not.
  const half = Math.trunc(-shift / 2);
  const size = Number(mantissa) * 2 ** half * 2 ** (-shift - half);
  return left < 0n === right < 0n ? size : -size;
}
