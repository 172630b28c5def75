import { numberInWords } from './number-words.js';

/** A piece of arithmetic as people write it. `value` is what the calculator calls it. */
export interface Token {
  readonly kind: 'number' | 'operator' | 'percent' | 'power-suffix' | 'function' | 'list' | 'verb' | 'fraction' | 'open' | 'close' | 'comma' | 'word';
  readonly value: string;
  readonly start: number;
  readonly end: number;
}

interface Rule {
  readonly kind: Token['kind'];
  readonly pattern: RegExp;
  readonly value?: string;
}

/** Tried in this order at each place, so the longer wording comes first. */
const RULES: readonly Rule[] = [
  rule('open', '[(\\[]'),
  rule('close', '[)\\]]'),
  rule('comma', ','),
  rule('power-suffix', '(?:raised )?to the (?:\\d+(?:st|nd|rd|th)|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth)(?: power)?\\b'),
  rule('operator', '\\*\\*|\\^|(?:raised )?to the power(?: of)?|raised to(?: the)?', '**'),
  rule('operator', '[*×·∙]|times\\b|multiplied (?:by|with)\\b|x(?=[\\s\\d(])', '*'),
  rule('operator', '[/÷]|divided by\\b', '/'),
  rule('operator', '\\+|plus\\b|added to\\b', '+'),
  rule('operator', '[-−–]|minus\\b|take away\\b', '-'),
  rule('operator', 'mod(?:ulo|ulus)?\\b', '%'),
  rule('percent', '%|percent\\b|per cent\\b'),
  rule('power-suffix', 'squared\\b|²', '2'),
  rule('power-suffix', 'cubed\\b|³', '3'),
  rule('function', '(?:the )?(?:sqrt|square root)(?: of)?\\b|√', 'sqrt'),
  rule('function', '(?:the )?cube root(?: of)?\\b', 'cbrt'),
  rule('function', '(?:the )?(?:log10|log base 10)(?: of)?\\b', 'log10'),
  rule('function', '(?:the )?(?:natural log(?:arithm)?|ln|log)(?: of)?\\b', 'log'),
  rule('function', '(?:the )?(?:sine|sin)(?: of)?\\b', 'sin'),
  rule('function', '(?:the )?(?:cosine|cos)(?: of)?\\b', 'cos'),
  rule('function', '(?:the )?(?:tangent|tan)(?: of)?\\b', 'tan'),
  rule('function', '(?:the )?absolute value(?: of)?\\b|abs(?=\\s*\\()', 'abs'),
  rule('function', 'exp(?=\\s*\\()', 'exp'),
  rule('function', 'round(?:(?=\\s*\\()| (?:up |off )?(?=-?\\d+\\.\\d))', 'round'),
  rule('function', 'floor(?:(?=\\s*\\()| (?:of )?(?=-?\\d+\\.\\d))', 'floor'),
  rule('function', 'ceil(?:ing)?(?:(?=\\s*\\()| (?:of )?(?=-?\\d+\\.\\d))', 'ceil'),
  rule('list', '(?:the )?sum of\\b|sum(?=\\()', 'sum'),
  rule('list', '(?:the )?product of\\b', 'product'),
  rule('list', '(?:the )?(?:average|mean) of\\b', 'average'),
  rule('list', '(?:the )?difference (?:between|of)\\b', 'difference'),
  rule('list', '(?:the )?quotient of\\b', 'quotient'),
  rule('list', '(?:the )?(?:max(?:imum)?|largest|biggest|greatest|higher|larger) of\\b|max(?=\\()', 'max'),
  rule('list', '(?:the )?(?:min(?:imum)?|smallest|least|lower|smaller) of\\b|min(?=\\()', 'min'),
  rule('list', 'pow(?=\\()', 'pow'),
  rule('verb', 'add\\b', 'add'),
  rule('verb', 'subtract\\b', 'subtract'),
  rule('verb', 'multiply\\b', 'multiply'),
  rule('verb', 'divide\\b', 'divide'),
  rule('fraction', '(?:a |one )?half(?: of)\\b', '1 / 2'),
  rule('fraction', '(?:a |one )third of\\b', '1 / 3'),
  rule('fraction', '(?:a |one )quarter of\\b', '1 / 4'),
  rule('fraction', 'double\\b|twice\\b', '2'),
  rule('fraction', 'triple\\b', '3'),
  rule('number', 'pi\\b|π', 'pi'),
  rule('number', 'e\\b', 'e'),
  rule('word', '(?:and|by|with|from|to|of|degrees?|tip|tax|vat|on)\\b'),
];

/** Digits that are no part of a date, a time, a version, an ordinal or a unit. */
const DIGITS = /[$€£]?((?:\d{1,3}(?:,\d{3})+(?![\d])|\d+)(?:\.\d+)?(?:e[+-]?\d+)?|\.\d+)(?!\d|[.:]\d|[a-wyz]|x[a-z])(?: ?(thousand|million|billion)\b)?/iy;
const DATE = /\d{4}-\d{2}-\d{2}|\d+\.\d+\.\d+|\d+:\d+/y;
const MULTIPLES: Readonly<Record<string, number>> = { thousand: 1e3, million: 1e6, billion: 1e9 };
const ORDINALS = ['second', 'third', 'fourth', 'fifth', 'sixth', 'seventh', 'eighth', 'ninth', 'tenth'];

/** The token that begins at `position`, spaces before it skipped; undefined when what stands there is no arithmetic. */
export function tokenAt(text: string, position: number): Token | undefined {
  let start = position;
  while (start < text.length && /\s/.test(text.charAt(start))) start += 1;
  return numberAt(text, start) ?? ruledAt(text, start);
}

function numberAt(text: string, start: number): Token | undefined {
  DATE.lastIndex = start;
  if (DATE.test(text)) return undefined;
  DIGITS.lastIndex = start;
  const found = DIGITS.exec(text);
  if (!found) return wordsAt(text, start);
  const digits = (found[1] ?? '').replaceAll(',', '');
  const multiple = MULTIPLES[(found[2] ?? '').toLowerCase()];
  return { kind: 'number', value: multiple ? String(Number(digits) * multiple) : digits, start, end: start + found[0].length };
}

function wordsAt(text: string, start: number): Token | undefined {
  const found = numberInWords(text, start);
  return found && { kind: 'number', start, ...found };
}

function ruledAt(text: string, start: number): Token | undefined {
  for (const { kind, pattern, value } of RULES) {
    pattern.lastIndex = start;
    const found = pattern.exec(text)?.[0];
    if (found !== undefined) return { kind, value: value ?? exponentIn(found), start, end: start + found.length };
  }
  return undefined;
}

/** "to the 10th power" is 10, "to the fifth" is 5; any other wording stands for itself. */
function exponentIn(wording: string): string {
  const power = /^(?:raised )?to the (\w+)/i.exec(wording)?.[1]?.toLowerCase();
  if (power === undefined) return wording.toLowerCase();
  const ordinal = ORDINALS.indexOf(power);
  return ordinal >= 0 ? String(ordinal + 2) : String(Number.parseInt(power, 10));
}

function rule(kind: Token['kind'], source: string, value?: string): Rule {
  return { kind, pattern: new RegExp(source, 'iy'), ...(value !== undefined && { value }) };
}
