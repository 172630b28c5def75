import type * as z from 'zod';
import type { FactShape } from '../../../src/kernel/facts.js';
import type { Meter } from '../../../src/kernel/meter.js';
import type { LogLine, Shape } from '../../../src/kernel/shape.js';
import type { Instrument, LabelSpec } from '../../../src/metrics/instruments.js';
import type { AttributeNames } from './catalogue-attributes.js';

export const BEGIN = '<!-- generated from the code: begin -->';
export const END = '<!-- generated from the code: end -->';

/** All that the generated part is made from. */
export interface TelemetrySources {
  readonly operations: Readonly<Record<string, Shape>>;
  readonly facts: Readonly<Record<string, FactShape>>;
  readonly attributes: Readonly<Record<string, AttributeNames>>;
  /** Our attribute → the names that other tools look for. */
  readonly standardNames: Readonly<Record<string, readonly string[]>>;
  readonly instruments: Readonly<Record<string, Instrument>>;
  readonly errorTypes: readonly string[];
  readonly environment: Readonly<Record<string, z.ZodType>>;
}

type Row = readonly string[];

/** Levels that lines carry under another name than the catalogue's. */
const LEVEL_NAMES: Readonly<Record<string, string>> = { warn: 'warning' };

/** The variables of the environment that decide what telemetry says and where it goes. */
const TELEMETRY_VARIABLES = /^(?:ENVIRONMENT$|LOG_|JSON_LOGS$|METRICS_|OTLP_|TRACE_|OTEL_)/;

/** The generated part of docs/telemetry.md, markers included. */
export function renderTelemetry(sources: TelemetrySources): string {
  const sections = [
    '## Operations\n\nAn operation has a beginning, an end and an outcome. From its entry follow a span, its log lines and its metrics.',
    ...Object.entries(sources.operations).map(([name, shape]) => operation(name, shape, sources)),
    '## Facts\n\nA fact happens at a moment. It has no span of its own; its event goes on the span that is active.',
    facts(sources),
    '## Instruments\n\nEvery metric of the service, beside the `process_*` and `nodejs_*` defaults of prom-client.',
    `Error types: ${list(sources.errorTypes)}.`,
    instruments(sources),
    '## Settings of telemetry',
    settings(sources),
  ];
  return `${BEGIN}\n\n${sections.join('\n\n')}\n\n${END}`;
}

/** `document` with its generated part replaced. @throws Error when the markers are missing. */
export function withGeneratedPart(document: string, generated: string): string {
  const from = document.indexOf(BEGIN);
  const to = document.indexOf(END);
  if (from < 0 || to < from) throw new Error(`The document must have "${BEGIN}" and "${END}"`);
  return `${document.slice(0, from)}${generated}${document.slice(to + END.length)}`;
}

function operation(name: string, shape: Shape, { attributes, standardNames }: TelemetrySources): string {
  const { begin, end } = attributes[name] ?? { begin: [], end: [] };
  const row = (known: string) => (attribute: string): Row => [
    code(attribute), known, shape.content?.includes(attribute) ? 'content: only when captured' : list(standardNames[attribute] ?? []),
  ];
  return [
    `### ${name}`,
    [
      `- Span: ${code(shape.span.seed)}, kind ${shape.span.kind}; with \`TRACE_SPAN_NAMES=semconv\` ${code(shape.span.semconv)}.`,
      `- Span events: ${outcomes(shape.spanEvents ?? {}, code)}.`,
      `- Log lines: ${outcomes(shape.log, line)}.`,
      `- Status: ${statuses(shape)}.`,
      `- Metrics: ${meters(shape.meters)}.`,
    ].join('\n'),
    table(['Attribute', 'Known', 'Also as'], [...begin.map(row('at the beginning')), ...end.map(row('at the end'))]),
  ].join('\n\n');
}

/** `begin → x, ok → y`, with equal values said once. */
function outcomes<T>(byOutcome: { readonly [when: string]: T | undefined }, show: (value: T) => string): string {
  const shown = new Map<string, string[]>();
  for (const [when, value] of Object.entries(byOutcome)) {
    if (value === undefined) continue;
    shown.set(show(value), [...shown.get(show(value)) ?? [], when]);
  }
  return shown.size === 0 ? 'none' : [...shown].map(([text, when]) => `${when.join(' or ')} → ${text}`).join(', ');
}

function line([level, event]: LogLine): string {
  return `${code(event)} (${LEVEL_NAMES[level] ?? level})`;
}

function statuses({ statuses: plain, statusOf = {} }: Shape): string {
  const errorTypes = Map.groupBy(Object.entries(statusOf), ([, status]) => status);
  const refined = [...errorTypes].map(([status, entries]) => `${list(entries.map(([errorType]) => errorType))} → ${code(status)}`);
  return [...Object.entries(plain).map(([outcome, status]) => `${outcome} → ${code(status)}`), ...refined].join('; ');
}

function meters(all: readonly Meter[]): string {
  const texts = [...Map.groupBy(all, ({ metric }) => metric)].map(([metric, own]) => {
    const values = own.flatMap(({ value }) => (value === undefined ? [] : [value]));
    const when = own.flatMap((each) => (each.inFlight ? ['while it runs'] : each.when ? [`on ${each.when}`] : []));
    return [code(metric), ...(values.length > 0 ? [`from ${list(values)}`] : []), ...when].join(' ');
  });
  return texts.length === 0 ? 'none' : texts.join('; ');
}

function facts({ facts: table_, attributes }: TelemetrySources): string {
  return table(['Fact', 'Log line', 'Span event', 'Metrics', 'Attributes'], Object.entries(table_).map(([name, shape]) => [
    code(name),
    shape.log ? line(shape.log) : '',
    shape.spanEvent ? code(shape.spanEvent) : '',
    list([...new Set((shape.meters ?? []).map(({ metric }) => metric))]),
    list(attributes[name]?.begin ?? []),
  ]));
}

function instruments(sources: TelemetrySources): string {
  return table(['Metric', 'Type', 'Labels', 'Buckets', 'Meaning', 'Recorded by'], Object.entries(sources.instruments).map(([name, instrument]) => [
    code(name), instrument.type,
    Object.entries(instrument.labels ?? {}).map(([label, spec]) => `${code(label)}: ${values(spec, sources.errorTypes)}`).join('<br>'),
    (instrument.buckets ?? []).join(', '),
    instrument.help,
    list(recorders(name, sources)) || 'the pillar itself',
  ]));
}

function values(spec: LabelSpec, errorTypes: readonly string[]): string {
  if ('atMost' in spec) return `at most ${spec.atMost} values`;
  return spec === errorTypes ? 'any error type' : spec.join(', ');
}

function recorders(metric: string, { operations, facts: noted }: TelemetrySources): string[] {
  return Object.entries<{ readonly meters?: readonly Meter[] }>({ ...operations, ...noted })
    .filter(([, { meters = [] }]) => meters.some((each) => each.metric === metric))
    .map(([name]) => name);
}

function settings({ environment }: TelemetrySources): string {
  const rows = Object.entries(environment).filter(([name]) => TELEMETRY_VARIABLES.test(name)).map(([name, schema]) => {
    const unset = schema.safeParse(undefined);
    return [code(name), unset.success && unset.data !== undefined ? code(JSON.stringify(unset.data).replaceAll('"', '')) : '', schema.description ?? ''];
  });
  return table(['Variable', 'Default', 'Meaning'], rows);
}

function table(head: Row, rows: readonly Row[]): string {
  if (rows.length === 0) return 'No attributes.';
  const row = (cells: Row) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [row(head), row(head.map(() => '---')), ...rows.map(row)].join('\n');
}

function list(names: readonly string[]): string {
  return names.map(code).join(', ');
}

function code(text: string): string {
  return `\`${text}\``;
}
