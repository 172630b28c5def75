import { add, divide, multiply, negate, power, remainder, subtract } from './arithmetic.js';
import { ExpressionError, quoted } from './expression-error.js';
import { CONSTANTS, FUNCTIONS, type FunctionDefinition, type Operation } from './functions.js';
import { SEPARATOR_HINT, tokensOf, type Token } from './lexer.js';
import { MAX_ARGUMENTS, MAX_NESTING_LEVELS } from './limits.js';
import { numberFrom, type Value } from './numbers.js';

/** One step of a stack machine: put a value on the stack, or replace its top values by what an operation makes of them. */
export type Step =
  | { readonly kind: 'push'; readonly value: Value }
  | { readonly kind: 'apply'; readonly operation: Operation; readonly argumentCount: number; readonly position: number };

interface BinaryOperator {
  /** How tightly it holds its left operand. */
  readonly leftPower: number;
  /** How tightly its right operand must hold together; below `leftPower` means right-associative. */
  readonly rightPower: number;
  readonly operation: Operation;
}

const SUM = { leftPower: 10, rightPower: 11 };
const PRODUCT = { leftPower: 20, rightPower: 21 };
const SIGN_POWER = 30;
const POWER = { leftPower: 40, rightPower: 39 };

const BINARY_OPERATORS: ReadonlyMap<string, BinaryOperator> = new Map([
  ['+', { ...SUM, operation: add }],
  ['-', { ...SUM, operation: subtract }],
  ['−', { ...SUM, operation: subtract }],
  ['*', { ...PRODUCT, operation: multiply }],
  ['×', { ...PRODUCT, operation: multiply }],
  ['/', { ...PRODUCT, operation: divide }],
  ['÷', { ...PRODUCT, operation: divide }],
  ['%', { ...PRODUCT, operation: remainder }],
  ['**', { ...POWER, operation: power }],
  ['^', { ...POWER, operation: power }],
]);

const SIGNS: ReadonlyMap<string, Operation> = new Map<string, Operation>([
  ['+', (value: Value) => value],
  ['-', negate],
  ['−', negate],
]);

/** Reads the whole expression before anything is computed; no steps for an empty one. @throws ExpressionError on syntax. */
export function parse(expression: string): readonly Step[] {
  const tokens = tokensOf(expression);
  return tokens.length === 0 ? [] : new Parser(tokens, expression.length + 1).parse();
}

/** A Pratt parser. Recursion happens only in `nested`, so `MAX_NESTING_LEVELS` bounds the call stack. */
class Parser {
  private readonly steps: Step[] = [];
  private readonly end: Token;
  private index = 0;
  private level = 0;

  constructor(private readonly tokens: readonly Token[], endPosition: number) {
    this.end = { kind: 'end', text: '', position: endPosition };
  }

  parse(): readonly Step[] {
    this.expression(0);
    if (this.current.kind !== 'end') throw this.unexpected('an operator');
    return this.steps;
  }

  private expression(minimumPower: number): void {
    this.operand();
    for (;;) {
      const { kind, text, position } = this.current;
      const operator = kind === 'symbol' ? BINARY_OPERATORS.get(text) : undefined;
      if (!operator || operator.leftPower < minimumPower) return;
      this.index += 1;
      const rightAssociative = operator.rightPower < operator.leftPower;
      if (rightAssociative) this.nested(position, operator.rightPower);
      else this.expression(operator.rightPower);
      this.apply(operator.operation, 2, position);
    }
  }

  private operand(): void {
    const token = this.current;
    const sign = token.kind === 'symbol' ? SIGNS.get(token.text) : undefined;
    if (token.kind === 'number') this.push(numberFrom(token.text, token.position));
    else if (token.kind === 'name') this.named(token);
    else if (sign) this.signed(token, sign);
    else if (token.text === '(') this.bracketed(token);
    else throw this.unexpected('a value');
  }

  private signed(token: Token, sign: Operation): void {
    this.index += 1;
    this.nested(token.position, SIGN_POWER);
    this.apply(sign, 1, token.position);
  }

  private bracketed(token: Token): void {
    this.index += 1;
    this.nested(token.position, 0);
    this.expect(')');
  }

  private named(token: Token): void {
    const definition = FUNCTIONS.get(token.text);
    const constant = CONSTANTS.get(token.text);
    if (definition) this.call(token, definition);
    else if (constant !== undefined) this.push(constant);
    else {
      const known = [...FUNCTIONS.keys(), ...CONSTANTS.keys()].join(', ');
      throw new ExpressionError(`Unknown name ${quoted(token.text)}; known are ${known}`, token.position);
    }
  }

  private call(name: Token, definition: FunctionDefinition): void {
    this.index += 1;
    this.expect('(');
    const argumentCount = this.current.text === ')' ? 0 : this.callArguments(name);
    this.expect(')');
    const { minimumArguments: minimum, maximumArguments: maximum } = definition;
    if (argumentCount < minimum || argumentCount > maximum) {
      const allowed = minimum === maximum ? `${minimum}` : `${minimum} to ${maximum}`;
      throw new ExpressionError(`${name.text} takes ${allowed} argument(s), not ${argumentCount}`, name.position);
    }
    this.apply(definition.operation, argumentCount, name.position);
  }

  private callArguments(name: Token): number {
    this.nested(name.position, 0);
    let count = 1;
    for (; this.current.text === ','; count += 1) {
      if (count === MAX_ARGUMENTS) throw new ExpressionError(`More than ${MAX_ARGUMENTS} arguments`, name.position);
      this.index += 1;
      this.nested(name.position, 0);
    }
    return count;
  }

  private nested(position: number, minimumPower: number): void {
    this.level += 1;
    if (this.level > MAX_NESTING_LEVELS) {
      throw new ExpressionError(`Nested deeper than ${MAX_NESTING_LEVELS} levels`, position);
    }
    this.expression(minimumPower);
    this.level -= 1;
  }

  private push(value: Value): void {
    this.index += 1;
    this.steps.push({ kind: 'push', value });
  }

  private apply(operation: Operation, argumentCount: number, position: number): void {
    this.steps.push({ kind: 'apply', operation, argumentCount, position });
  }

  private expect(symbol: '(' | ')'): void {
    if (this.current.text !== symbol) throw this.unexpected(quoted(symbol));
    this.index += 1;
  }

  private get current(): Token {
    return this.tokens[this.index] ?? this.end;
  }

  private unexpected(expected: string): ExpressionError {
    const { kind, text, position } = this.current;
    const found = kind === 'end' ? 'the end' : quoted(text);
    return new ExpressionError(`Expected ${expected}, found ${found}${this.hint(text)}`, position);
  }

  private hint(found: string): string {
    if (found === ',') return SEPARATOR_HINT;
    return this.tokens[this.index - 1]?.text === '%' ? '; % is the remainder, divide by 100 for a percentage' : '';
  }
}
