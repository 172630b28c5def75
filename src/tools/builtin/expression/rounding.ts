import { ExpressionError } from './expression-error.js';
import { bounded, finite, magnitude, type Value } from './numbers.js';

/**
 * Beyond so many digits rounding changes nothing (a double ends after 1,074 decimals) or leaves nothing (an integer has
 * at most 4,932 digits). Guards the power of ten: `round(1, 10**9)` would allocate it.
 */
const MAX_ROUNDING_DIGITS = 5_000n;

/**
 * Rounds to `digits` decimals, or with none given to an integer. Halves go to the even neighbour as in Python:
 * round(2.5) is 2. A double is rounded by its true binary value: round(2.675, 2) is 2.67, for 2.675 is a little less.
 */
export function round(value: Value, digits?: Value): Value {
  if (digits === undefined) return roundToInteger(value);
  if (typeof digits !== 'bigint') throw new ExpressionError('The digits of round must be an integer');
  const places = clamp(digits, MAX_ROUNDING_DIGITS);
  return typeof value === 'bigint' ? roundInteger(value, places) : roundDouble(value, places);
}

/** The greatest integer not above the value. */
export function floor(value: Value): Value {
  return BigInt(typeof value === 'bigint' ? value : Math.floor(value));
}

/** The least integer not below the value. */
export function ceil(value: Value): Value {
  return BigInt(typeof value === 'bigint' ? value : Math.ceil(value));
}

function roundToInteger(value: Value): bigint {
  if (typeof value === 'bigint') return value;
  const [numerator, denominator] = fractionOf(value);
  return divideHalfEven(numerator, denominator);
}

function roundInteger(value: bigint, places: bigint): bigint {
  if (places >= 0n) return value;
  const unit = 10n ** -places;
  return bounded(divideHalfEven(value, unit) * unit);
}

function roundDouble(value: number, places: bigint): number {
  const [numerator, denominator] = fractionOf(value);
  const up = 10n ** (places > 0n ? places : 0n);
  const down = 10n ** (places < 0n ? -places : 0n);
  // Reading the decimal back rounds once and correctly; dividing by a power of ten would round a second time.
  return finite(Number(`${divideHalfEven(numerator * up, denominator * down)}e${-places}`));
}

function divideHalfEven(numerator: bigint, denominator: bigint): bigint {
  const down = numerator / denominator;
  const twiceRest = magnitude(numerator % denominator) * 2n;
  const away = twiceRest > denominator || (twiceRest === denominator && down % 2n !== 0n);
  return away ? down + (numerator < 0n ? -1n : 1n) : down;
}

/** The exact value of a double as numerator and positive denominator (IEEE 754 binary64). */
function fractionOf(double: number): readonly [bigint, bigint] {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, Math.abs(double));
  const bits = view.getBigUint64(0);
  const biased = Number(bits >> 52n);
  const fraction = BigInt.asUintN(52, bits);
  const mantissa = biased === 0 ? fraction : fraction + 2n ** 52n;
  const exponent = Math.max(biased, 1) - 1_075;
  const signed = double < 0 ? -mantissa : mantissa;
  return exponent < 0 ? [signed, 2n ** BigInt(-exponent)] : [signed * 2n ** BigInt(exponent), 1n];
}

function clamp(value: bigint, limit: bigint): bigint {
  if (value > limit) return limit;
  return value < -limit ? -limit : value;
}
