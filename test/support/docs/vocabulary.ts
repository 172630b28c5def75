import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { FACTS } from '../../../src/kernel/facts.js';
import { OPERATIONS } from '../../../src/kernel/operations.js';
import type { LogLine, Shape } from '../../../src/kernel/shape.js';
import { INSTRUMENTS } from '../../../src/metrics/instruments.js';

/** What the code knows by name, for documents to be compared with. */
export class Vocabulary {
  readonly source: string;
  /** All capitals, as the code declares them. */
  readonly constants: ReadonlySet<string>;
  readonly words: ReadonlySet<string>;
  readonly commands: ReadonlySet<string>;
  readonly commandFlags: ReadonlySet<string>;
  /** Codes of the failures and problems that a client may see. */
  readonly problemCodes: ReadonlySet<string>;

  constructor() {
    const files = readdirSync('src', { recursive: true }).map(String).filter((name) => name.endsWith('.ts'));
    const read = (names: readonly string[]) => names.map((name) => readFileSync(name, 'utf8')).join('\n');
    this.source = read([...files.map((name) => join('src', name)), 'config/models.yaml', '.dependency-cruiser.cjs']);
    this.constants = found(this.source, /\bconst ([A-Z][A-Z0-9_]+)\b/g);
    this.words = found(this.source, /\b([a-z]\w*)\b/g);
    this.commands = found(this.source, /@Command\(\{ name: '([\w-]+)'/g);
    this.commandFlags = found(this.source, /flags: '[^']*(--[\w-]+)/g);
    this.problemCodes = new Set([
      // What a tool throws is read by the model, what a command throws by its user.
      ...found(read(files.filter((name) => !/^(?:tools|cli)\//.test(name)).map((name) => join('src', name))), /new Failure\('(\w+)'/g),
      ...found(read(['src/http/problem.ts', 'src/llm/anthropic-failure.ts']), /: \['(\w+)', /g),
      ...found(read(['src/http/problem.ts']), /problem\((?:status|\d+), '(\w+)'/g),
    ]);
  }
}

function found(text: string, pattern: RegExp): ReadonlySet<string> {
  return new Set([...text.matchAll(pattern)].map(([, name = '']) => name));
}

/** Names with a dot that telemetry uses: operations, facts, spans, span events, log events. */
export function telemetryNames(source: string): ReadonlySet<string> {
  const shapes: readonly Shape[] = Object.values(OPERATIONS);
  const lines = [...shapes.flatMap(({ log }) => Object.values(log)), ...Object.values(FACTS).flatMap(({ log }) => (log ? [log] : []))];
  return new Set([
    ...Object.keys(OPERATIONS), ...Object.keys(FACTS),
    ...lines.map(([, event]: LogLine) => event),
    ...shapes.flatMap(({ span, spanEvents = {} }) => [span.seed, span.semconv, ...Object.values(spanEvents)]),
    ...Object.values(FACTS).flatMap(({ spanEvent }) => (spanEvent === undefined ? [] : [spanEvent])),
    ...[...source.matchAll(/\bevent: '([\w.]+)'/g)].map(([, event = '']) => event),
    ...[...source.matchAll(/\.send\('([\w.]+)'/g)].map(([, event = '']) => event),
  ]);
}

/** True for a metric, one of a histogram's series, and the defaults of prom-client. */
export function isMetric(name: string): boolean {
  return /^(?:nodejs|process)_/.test(name) || name in INSTRUMENTS || name.replace(/_(?:bucket|count|sum)$/, '') in INSTRUMENTS;
}
