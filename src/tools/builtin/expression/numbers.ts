import { ExpressionError } from './expression-error.js';
import { MAX_INTEGER_BITS } from './limits.js';

/** Integers are exact (bigint); everything that had a decimal point, an exponent or a remainder is a double. */
export type Value = bigint | number;

/** Characters the 15-digit form must save before a result counts as noisy; see `format`. */
const NOISE_CHARACTERS = 4;

/** Reads a number that the lexer accepted. @throws ExpressionError when a double cannot hold it (`1e999`). */
export function numberFrom(literal: string, position: number): Value {
  if (/^[0-9]+$/.test(literal)) return BigInt(literal);
  const double = Number(literal);
  if (!Number.isFinite(double)) throw new ExpressionError('The number is too large', position);
  return double;
}

/**
 * Writes a result: integers as plain digits; doubles in the shortest form that reads back as the same double, which has
 * an exponent from 1e21 and below 1e-6. A double that becomes at least 4 characters shorter when rounded to 15
 * significant digits (what a double holds for certain) ended in the noise of binary fractions and is written rounded:
 * 0.1 + 0.2 is 0.3. Everything else keeps all its digits. The rounding changes less than 1 part in 10^14.
 */
export function format(value: Value): string {
  const shortest = String(value);
  if (typeof value === 'bigint' || Number.isInteger(value)) return shortest;
  const rounded = String(Number(value.toPrecision(15)));
  return rounded.length + NOISE_CHARACTERS <= shortest.length ? rounded : shortest;
}

/** A value as a double, rounded to nearest. @throws ExpressionError when the integer is beyond any double. */
export function toDouble(value: Value): number {
  const double = Number(value);
  if (!Number.isFinite(double)) throw new ExpressionError('The integer is too large to be used as a decimal');
  return double;
}

/** Lets only real, finite doubles pass. @throws ExpressionError on overflow. */
export function finite(result: number): number {
  if (Number.isNaN(result)) throw new ExpressionError('The result is not a real number');
  if (!Number.isFinite(result)) throw new ExpressionError('The result is too large (overflow beyond 1.8e308)');
  return result;
}

/** Lets only integers of at most `MAX_INTEGER_BITS` pass. @throws ExpressionError for larger ones. */
export function bounded(result: bigint): bigint {
  refuseBits(bitLength(result));
  return result;
}

/** @throws ExpressionError when an integer of so many bits would be over the limit; asked before it is computed. */
export function refuseBits(bits: number | bigint): void {
  if (bits > MAX_INTEGER_BITS) {
    throw new ExpressionError(`The integer is too large (limit ${MAX_INTEGER_BITS} bits, about 4900 digits)`);
  }
}

/** The number of bits of the magnitude, 0 for zero; linear in the size, because base 16 needs no division. */
export function bitLength(value: bigint): number {
  const hexadecimal = magnitude(value).toString(16);
  return (hexadecimal.length - 1) * 4 + (32 - Math.clz32(parseInt(hexadecimal.slice(0, 1), 16)));
}

/** The value without its sign. */
export function magnitude(value: bigint): bigint {
  return value < 0n ? -value : value;
}

/** True for 0, 0.0 and -0.0. */
export function isZero(value: Value): boolean {
  return Number(value) === 0;
}
