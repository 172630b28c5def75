/** A finished part of an expression. The higher the rank, the tighter it binds; a lone number is no expression. */
export interface Part {
  readonly text: string;
  readonly rank: number;
  readonly isNumber: boolean;
}

/** How tightly the calculator's operators bind; a sign stands between the products and the powers. */
export const RANKS: Readonly<Record<string, number>> = { '+': 1, '-': 1, '*': 2, '/': 2, '%': 2, '**': 4 };
export const SIGN_RANK = 3;
const WHOLE_RANK = 9;

/** What a list function gives of its items: "the average of 2 and 4". Undefined when it takes another number of items. */
export function combined(name: string, items: readonly Part[]): Part | undefined {
  const [first, second] = items;
  if (!first || !second) return undefined;
  const list = items.map(({ text }) => text).join(', ');
  switch (name) {
    case 'product':
      return items.slice(1).reduce((left, right) => binary(left, '*', right), first);
    case 'average':
      return binary(whole(`sum(${list})`), '/', number(String(items.length)));
    case 'difference':
      return items.length === 2 ? binary(first, '-', second) : undefined;
    case 'quotient':
      return items.length === 2 ? binary(first, '/', second) : undefined;
    default:
      return whole(`${name}(${list})`);
  }
}

/** Joins two parts with an operator, with brackets where the calculator needs them. */
export function binary(left: Part, operator: string, right: Part): Part {
  const rank = RANKS[operator] ?? 0;
  const rightAssociative = operator === '**';
  const leftText = wrapped(left, rightAssociative ? rank + 1 : rank);
  // a - (b + c) keeps its brackets; a + (b + c) does not need them.
  const rightText = wrapped(right, rightAssociative || operator === '+' ? rank : rank + 1);
  return { text: `${leftText} ${operator} ${rightText}`, rank, isNumber: false };
}

/** The part's text, in brackets when it binds less tightly than asked. */
export function wrapped({ text, rank }: Part, leastRank: number): string {
  return rank < leastRank ? `(${text})` : text;
}

export function number(text: string): Part {
  return { text, rank: WHOLE_RANK, isNumber: true };
}

/** A part that never needs brackets, such as a call. */
export function whole(text: string): Part {
  return { text, rank: WHOLE_RANK, isNumber: false };
}

export function negated(part: Part): Part {
  return { text: `-${wrapped(part, SIGN_RANK)}`, rank: SIGN_RANK, isNumber: part.isNumber };
}
