import { ExpressionError, quoted } from './expression-error.js';

/** One word of an expression. `position` counts characters from 1. */
export interface Token {
  readonly kind: 'number' | 'name' | 'symbol' | 'end';
  readonly text: string;
  readonly position: number;
}

const LEXEMES: readonly (readonly [Token['kind'], RegExp])[] = [
  ['number', /(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?/y],
  ['name', /[A-Za-z_][A-Za-z0-9_]*/y],
  ['symbol', /\*\*|\/(?!\/)|[-+*%^(),×÷−]/y],
];

/** What may not follow a number: `1..2`, `0x10`, `1_000`, `2pi` and `10n` are refused whole, never read in part. */
const NUMBER_TAIL = /[A-Za-z0-9_.]+/y;

/** Blanks and tabs anywhere, line breaks only around the expression: `1\n2` must not look like one sum. */
const LEADING_SPACE = /[ \t\r\n]*/y;
const SPACE = /[ \t\r\n]*$|[ \t]*/y;

const REFUSALS: readonly (readonly [RegExp, string])[] = [
  [/\/\//y, 'There is no "//"; write floor(a / b)'],
  [/!(?!=)/y, 'Factorials ("!") are not supported'],
  [/[=<>!]/y, 'Assignments, comparisons and tags are not supported'],
  [/['"`]/y, 'Text in quotes is not supported'],
  [/[[\]{}]/y, 'Only round brackets are supported'],
  [/\./y, 'Property access (".") is not supported'],
  [/[;\r\n]/y, 'Only one expression on one line is supported'],
  [/[&|~]/y, 'Logical and bitwise operators are not supported'],
];

/** Added where a thousands separator is the likely cause. */
export const SEPARATOR_HINT = '; write thousands without separators';

/** Splits an expression into words. @throws ExpressionError for a character or a number that has no meaning here. */
export function tokensOf(expression: string): Token[] {
  const tokens: Token[] = [];
  let index = matchAt(LEADING_SPACE, expression, 0).length;
  while (index < expression.length) {
    const token = tokenAt(expression, index);
    tokens.push(token);
    index += token.text.length;
    index += matchAt(SPACE, expression, index).length;
  }
  return tokens;
}

function tokenAt(expression: string, index: number): Token {
  for (const [kind, pattern] of LEXEMES) {
    const text = matchAt(pattern, expression, index);
    if (text === '') continue;
    if (kind === 'number') refuseMalformed(text, matchAt(NUMBER_TAIL, expression, index + text.length), index + 1);
    return { kind, text, position: index + 1 };
  }
  throw refusal(expression, index);
}

function refuseMalformed(digits: string, tail: string, position: number): void {
  // 010 is 8 to some and 10 to others, and the 000 of max(1,000) is half of a number.
  if (/^0[0-9]+$/.test(digits)) throw new ExpressionError(`${quoted(digits)} has leading zeros${SEPARATOR_HINT}`, position);
  if (tail === '') return;
  const hint = tail.startsWith('_') ? SEPARATOR_HINT : '';
  throw new ExpressionError(`${quoted(digits + tail)} is not a number${hint}`, position);
}

function refusal(expression: string, index: number): ExpressionError {
  const known = REFUSALS.find(([pattern]) => matchAt(pattern, expression, index) !== '');
  return new ExpressionError(known?.[1] ?? `Unexpected character ${characterAt(expression, index)}`, index + 1);
}

/** Shows printable ASCII as it is and everything else by number: no control, bidi or half character gets into a message. */
function characterAt(expression: string, index: number): string {
  const codePoint = expression.codePointAt(index) ?? 0;
  if (codePoint > 0x20 && codePoint < 0x7f) return quoted(String.fromCodePoint(codePoint));
  return `U+${codePoint.toString(16).toUpperCase().padStart(4, '0')}`;
}

/** Sets `lastIndex` before every use, so that the shared patterns carry nothing from one expression to the next. */
function matchAt(pattern: RegExp, text: string, index: number): string {
  pattern.lastIndex = index;
  return pattern.exec(text)?.[0] ?? '';
}
