import { tokenAt, type Token } from './arithmetic-lexer.js';
import { binary, combined, negated, number, RANKS, SIGN_RANK, whole, wrapped, type Part } from './arithmetic-part.js';

/** Arithmetic found in a text: where it stands, and the same for the calculator. */
export interface FoundExpression {
  readonly start: number;
  readonly end: number;
  /** In the calculator's syntax: `15 * 23`. */
  readonly expression: string;
  /** False when it may as well be a range, a date or a pair: `5-10`, `24/7`. */
  readonly certain: boolean;
}

const MOST_NESTING = 20;

/** Reads the longest arithmetic that starts exactly at `position`. Undefined when there is none, or only a number. */
export function expressionAt(text: string, position: number): FoundExpression | undefined {
  const reader = new ExpressionReader(text, position);
  const part = reader.read();
  if (!part || part.isNumber) return undefined;
  return { start: position, end: reader.end, expression: part.text, certain: reader.certain };
}

/** Precedence climbing over tokens. A part that can not be completed is given back, so that the longest valid beginning remains. */
class ExpressionReader {
  certain = false;
  private next = 0;
  private nesting = 0;

  private readonly tokens: Token[] = [];

  constructor(private readonly text: string, private readonly start: number) {}

  get end(): number {
    return this.tokens[this.next - 1]?.end ?? 0;
  }

  /** Reads on only as far as it is asked to, so that a long row of numbers costs no more than its beginning. */
  private peek(ahead = 0): Token | undefined {
    while (this.tokens.length <= this.next + ahead) {
      const token = tokenAt(this.text, this.tokens.at(-1)?.end ?? this.start);
      if (!token) return undefined;
      this.tokens.push(token);
    }
    return this.tokens[this.next + ahead];
  }

  read(leastRank = 0): Part | undefined {
    if (this.nesting >= MOST_NESTING) return undefined;
    this.nesting += 1;
    let left = this.operand();
    while (left) {
      const start = this.next;
      const joined = this.percentOf(left, leastRank) ?? this.raised(left) ?? this.operation(left, leastRank);
      if (!joined) {
        this.next = start;
        break;
      }
      left = joined;
    }
    this.nesting -= 1;
    return left;
  }

  private operation(left: Part, leastRank: number): Part | undefined {
    const token = this.take('operator') ?? this.moduloSign();
    const rank = RANKS[token?.value ?? ''];
    if (!token || rank === undefined || rank < leastRank) return undefined;
    const right = this.read(token.value === '**' ? rank : rank + 1);
    if (!right) return undefined;
    this.certain ||= !/^[-−–/]$/.test(this.text.slice(token.start, token.end)) || /\s/.test(this.text.charAt(token.start - 1));
    return binary(left, token.value, right);
  }

  /** `17 % 5` is a remainder; `20 %` before anything else is a percentage. */
  private moduloSign(): Token | undefined {
    const sign = this.peek();
    const after = this.peek(1);
    if (sign?.value !== '%' || sign.kind !== 'percent' || (after?.kind !== 'number' && after?.kind !== 'open')) return undefined;
    this.next += 1;
    return sign;
  }

  private percentOf(left: Part, leastRank: number): Part | undefined {
    const start = this.next;
    if (leastRank > SIGN_RANK || !this.take('percent')) return undefined;
    const share = binary(left, '/', number('100'));
    this.skipWords('tip', 'tax', 'vat');
    const base = this.skipWords('of', 'on') ? this.read(RANKS['*']) : undefined;
    this.certain ||= base !== undefined;
    if (base) return binary(share, '*', base);
    if (this.peek()?.kind === 'operator') return share;
    this.next = start;
    return undefined;
  }

  private raised(left: Part): Part | undefined {
    const suffix = this.take('power-suffix');
    if (!suffix) return undefined;
    this.certain = true;
    return binary(left, '**', number(suffix.value));
  }

  private operand(): Part | undefined {
    const token = this.peek();
    if (!token) return undefined;
    this.next += 1;
    const part = this.operandFrom(token);
    if (!part) this.next -= 1;
    return part;
  }

  private operandFrom({ kind, value }: Token): Part | undefined {
    if (kind === 'number') return number(value);
    if (kind === 'open') return this.bracketed();
    if (kind === 'operator' && (value === '-' || value === '+')) return this.signed(value);
    if (kind === 'function') return this.called(value);
    if (kind === 'list') return this.listed(value);
    if (kind === 'verb') return this.commanded(value);
    if (kind === 'fraction') return this.portion(value);
    return undefined;
  }

  private bracketed(): Part | undefined {
    const inner = this.read();
    return inner && this.take('close') ? inner : undefined;
  }

  private signed(sign: string): Part | undefined {
    const inner = this.read(SIGN_RANK);
    if (!inner || sign === '+') return inner;
    return negated(inner);
  }

  private called(name: string): Part | undefined {
    const inner = this.read(SIGN_RANK + 1);
    if (!inner) return undefined;
    this.certain = true;
    if (name === 'cbrt') return binary(inner, '**', whole('(1 / 3)'));
    const inDegrees = /^(?:sin|cos|tan)$/.test(name) && this.skipWords('degree', 'degrees');
    return whole(`${name}(${inDegrees ? `${wrapped(inner, 2)} * pi / 180` : inner.text})`);
  }

  private listed(name: string): Part | undefined {
    const bracket = this.take('open');
    const items = this.items(bracket ? 0 : RANKS['*']);
    if (items.length < 2 || (bracket && !this.take('close'))) return undefined;
    this.certain = true;
    return combined(name, items);
  }

  /** "2, 4 and 6": a comma or "and" that no further item follows is given back. */
  private items(leastRank: number | undefined): Part[] {
    const items: Part[] = [];
    for (;;) {
      const start = this.next;
      if (items.length > 0 && !this.separator()) return items;
      const item = this.read(leastRank);
      if (!item) {
        this.next = start;
        return items;
      }
      items.push(item);
    }
  }

  private separator(): boolean {
    const comma = this.take('comma') !== undefined;
    return this.skipWords('and') || comma;
  }

  /** "Add 2 and 3", "subtract 5 from 20", "multiply 6 by 7", "divide 144 by 12". */
  private commanded(verb: string): Part | undefined {
    const first = this.read();
    const joint = this.peek()?.value ?? '';
    if (!first || !this.skipWords('and', 'to', 'by', 'with', 'from')) return undefined;
    const second = this.read();
    if (!second) return undefined;
    this.certain = true;
    if (verb === 'add') return binary(first, '+', second);
    if (verb === 'multiply') return binary(first, '*', second);
    if (verb === 'divide') return binary(first, '/', second);
    return joint === 'from' ? binary(second, '-', first) : undefined;
  }

  private portion(share: string): Part | undefined {
    const base = this.read(RANKS['*']);
    if (!base) return undefined;
    this.certain = true;
    const [above = '', below] = share.split(' / ');
    return below === undefined ? binary(number(above), '*', base) : binary(base, '/', number(below));
  }

  private take(kind: Token['kind']): Token | undefined {
    const token = this.peek();
    if (token?.kind !== kind) return undefined;
    this.next += 1;
    return token;
  }

  private skipWords(...words: readonly string[]): boolean {
    const token = this.peek();
    if (token?.kind !== 'word' || !words.includes(token.value)) return false;
    this.next += 1;
    return true;
  }
}
