import { parser } from '@prometheus-io/lezer-promql';

type Node = ReturnType<typeof parser.parse>['topNode'];

export interface Matcher {
  readonly label: string;
  /** `=`, `!=`, `=~` or `!~`. */
  readonly operator: string;
  readonly value: string;
}

/** What a query reads: `metric{label="value"}`. */
export interface Selector {
  /** Empty when the query does not name it, as in `{__name__=~"a.*"}`. */
  readonly metric: string;
  /** Labels that it matches, as written, with repetitions. */
  readonly labels: readonly string[];
  readonly matchers: readonly Matcher[];
}

/** Labels of a `by (…)`, `on (…)`, `ignoring (…)` or `group_left (…)`, and the metrics that must have them. */
export interface Grouping {
  readonly labels: readonly string[];
  readonly metrics: readonly string[];
}

/** Grafana's own variables, and what it puts in their place with a panel of an hour. */
const OF_GRAFANA: Readonly<Record<string, string>> = { __rate_interval: '1m', __interval: '15s', __range: '1h' };

/** Puts values in the place of `$name`, `${name}` and `${name:format}`, as Grafana does. @throws Error that names a variable without a value. */
export function substitute(expr: string, values: Readonly<Record<string, string>> = {}): string {
  return expr.replace(/\$(?:\{(\w+)(?::\w+)?\}|(\w+))/g, (written, braced?: string, bare?: string) => {
    const name = braced ?? bare ?? '';
    const value = values[name] ?? OF_GRAFANA[name];
    if (value === undefined) throw new Error(`${written} has no value in: ${expr}`);
    return value;
  });
}

/** The places that are no PromQL, each with the text from there on; empty for a good query. Types are not checked: `rate(1)` passes. */
export function syntaxErrors(expr: string): string[] {
  const errors: string[] = [];
  if (expr.trim() === '') return ['nothing'];
  parser.parse(expr).iterate({ enter: ({ type, from }) => void (type.isError && errors.push(`${from}: ${expr.slice(from, from + 30)}`)) });
  return errors;
}

/** Every selector of a query, in the order in which they are written. */
export function selectors(expr: string): Selector[] {
  return all(parser.parse(expr).topNode, 'VectorSelector').map((node) => selectorAt(node, expr));
}

/** Every list of labels that a query groups or joins by; those of `without` are left out, as nothing needs to have them. */
export function groupings(expr: string): Grouping[] {
  return all(parser.parse(expr).topNode, 'GroupingLabels').flatMap((list) => {
    const clause = list.parent;
    if (clause === null || clause.getChild('Without') !== null) return [];
    const labels = all(list, 'LabelName').map((label) => textOf(label, expr));
    return [{ labels, metrics: clause.parent === null ? [] : all(clause.parent, 'VectorSelector').map((node) => selectorAt(node, expr).metric) }];
  });
}

function selectorAt(node: Node, expr: string): Selector {
  const name = node.getChild('Identifier');
  const matchers = [...all(node, 'UnquotedLabelMatcher'), ...all(node, 'QuotedLabelMatcher')].map((matcher) => matcherAt(matcher, expr));
  return { metric: name === null ? '' : textOf(name, expr), labels: matchers.map(({ label }) => label), matchers };
}

function matcherAt(node: Node, expr: string): Matcher {
  const label = node.getChild('LabelName') ?? node.getChild('QuotedLabelName');
  const [operator, value] = [node.getChild('MatchOp'), node.getChild('StringLiteral')];
  if (label === null || operator === null || value === null) throw new Error(`Not a matcher: ${textOf(node, expr)}`);
  return { label: bare(textOf(label, expr)), operator: textOf(operator, expr), value: bare(textOf(value, expr)) };
}

function bare(literal: string): string {
  return /^["'`]/.test(literal) ? literal.slice(1, -1).replaceAll('\\\\', '\\').replaceAll('\\"', '"') : literal;
}

function textOf({ from, to }: Node, expr: string): string {
  return expr.slice(from, to);
}

function all(node: Node, name: string): Node[] {
  const found: Node[] = [];
  node.cursor().iterate(({ node: each }) => void (each.name === name && found.push(each)));
  return found;
}
