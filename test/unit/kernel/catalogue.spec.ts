import { readFileSync, readdirSync } from 'node:fs';
import { ERROR_TYPES } from '../../../src/kernel/failure.js';
import { FACTS, type FactShape } from '../../../src/kernel/facts.js';
import type { Meter } from '../../../src/kernel/meter.js';
import { OPERATIONS, type OperationName } from '../../../src/kernel/operations.js';
import type { LogLine, Shape } from '../../../src/kernel/shape.js';
import { INSTRUMENTS } from '../../../src/metrics/instruments.js';
import { isList } from '../../../src/metrics/label-guard.js';
import { Settings } from '../../../src/settings/settings.js';
import { spanAttributes, STANDARD_NAMES } from '../../../src/tracing/attributes.js';
import { readCatalogueAttributes } from '../../support/docs/catalogue-attributes.js';

const operations: readonly (readonly [string, Shape])[] = Object.entries(OPERATIONS);
const facts: readonly (readonly [string, FactShape])[] = Object.entries(FACTS);
/** Every meter with the entry that it belongs to. */
const meters: readonly (readonly [string, Meter])[] = [...operations, ...facts]
  .flatMap(([entry, { meters: own = [] }]) => own.map((meter) => [entry, meter] as const));
/** Every log line with the entry that writes it. */
const lines: readonly (readonly [string, LogLine])[] = [
  ...operations.flatMap(([entry, { log }]) => Object.values(log).map((line) => [entry, line] as const)),
  ...facts.flatMap(([entry, { log }]) => (log ? [[entry, log] as const] : [])),
];
const attributes = readCatalogueAttributes();
const labelNames = [...new Set([
  ...Object.values(INSTRUMENTS).flatMap(({ labels = {} }) => Object.keys(labels)),
  ...meters.flatMap(([, { labels = {} }]) => Object.keys(labels)),
])];

describe('the metrics', () => {
  /** What can not go through the observer, and why. */
  const FED_ELSEWHERE = {
    app_info: 'set once at the start: it says what runs, not what happens',
    log_lines_dropped_total: 'counted by the output, when it can not write',
    log_lines_total: 'counted by the logger itself, which also writes the lines of Nest',
    otel_exporter_up: 'set by the exporter, with every batch',
    otel_spans_exported_total: 'counted by the exporter, long after the operation ended',
    otel_log_records_exported_total: 'the same',
    metrics_label_overflow_total: 'counted by the label guard, while something else is recorded',
  };

  it('that the catalogue names all have an instrument', () => {
    expect(meters.map(([, { metric }]) => metric).filter((metric) => !(metric in INSTRUMENTS))).toEqual([]);
  });

  it('all are fed by the catalogue, but for those that can not be', () => {
    const fed = new Set(meters.map(([, { metric }]) => metric));
    expect(Object.keys(INSTRUMENTS).filter((name) => !fed.has(name)).sort()).toEqual(Object.keys(FED_ELSEWHERE).sort());
  });

  it('end in _total when they are counters, and only then', () => {
    const wrong = Object.entries(INSTRUMENTS).filter(([name, { type }]) => name.endsWith('_total') !== (type === 'counter'));
    expect(wrong).toEqual([]);
  });

  it('have no label that is an id, but for user_id', () => {
    expect(labelNames.filter((label) => /_?id$/i.test(label))).toEqual(['user_id']);
  });

  it('take no label value from an id, from content or from free text', () => {
    const content = operations.flatMap(([, shape]) => shape.content ?? []);
    const sources = meters.flatMap(([, { labels = {} }]) => Object.values(labels));
    expect(sources.filter((source) => /(?:_id|_message|_length)$/.test(source) && source !== 'user_id')).toEqual([]);
    expect(sources.filter((source) => content.includes(source))).toEqual([]);
  });

  it('have either a closed list of values for each label, or a bound on their number', () => {
    for (const [name, { labels = {} }] of Object.entries(INSTRUMENTS)) {
      for (const [label, spec] of Object.entries(labels)) {
        const size = isList(spec) ? new Set(spec).size : spec.atMost;
        expect({ name, label, size, bounded: size > 0 && size <= 80 }).toMatchObject({ bounded: true });
        if (isList(spec)) expect(size).toBe(spec.length);
      }
    }
  });

  it.each(meters)('of %s read attributes that it has: %j', (entry, { value, labels = {}, when }) => {
    const { begin, end } = attributes[entry] ?? { begin: [], end: [] };
    const known = [...begin, ...end, ...(entry in OPERATIONS ? ['status', 'error_type', 'duration_seconds'] : [])];
    const read = [...(value === undefined ? [] : [value]), ...Object.values(labels).filter((source) => !source.startsWith('='))];
    expect(read.filter((name) => !known.includes(name))).toEqual([]);
    expect([undefined, 'ok', 'error', 'timeout']).toContain(when);
  });

  it('of running work read only what is known when it begins, so that what went up comes down again', () => {
    for (const [entry, { inFlight, labels = {} }] of meters) {
      if (inFlight) expect({ entry, labels: Object.values(labels).filter((source) => !attributes[entry]?.begin.includes(source)) }).toEqual({ entry, labels: [] });
    }
  });

  it('have a place in a closed list for every constant and every status', () => {
    const missing = meters.flatMap(([entry, { metric, labels = {} }]) => Object.entries(labels).flatMap(([label, source]) => {
      const spec = INSTRUMENTS[metric]?.labels?.[label];
      if (spec === undefined || !isList(spec)) return [];
      const values = source === 'status' ? statusesOf(entry as OperationName) : source.startsWith('=') ? [source.slice(1)] : [];
      return values.filter((value) => !spec.includes(value)).map((value) => `${entry}: ${metric}{${label}="${value}"}`);
    }));
    expect(missing).toEqual([]);
  });

  it('of time end in their unit', () => {
    const durations = meters.filter(([, { value }]) => value?.endsWith('_seconds')).map(([, { metric }]) => metric);
    expect(durations.length).toBeGreaterThan(4);
    expect(durations.filter((metric) => !metric.endsWith('_seconds'))).toEqual([]);
  });
});

describe('the buckets', () => {
  const histograms = Object.entries(INSTRUMENTS).filter(([, { type }]) => type === 'histogram');

  it('belong to histograms, and every histogram has its own', () => {
    expect(Object.entries(INSTRUMENTS).filter(([, { type, buckets }]) => (type === 'histogram') !== (buckets !== undefined))).toEqual([]);
  });

  it.each(histograms)('of %s are in order, without a twin', (_name, { buckets = [] }) => {
    expect(buckets.length).toBeGreaterThan(2);
    expect([...new Set(buckets)].sort((a, b) => a - b)).toEqual(buckets);
  });

  it('reach as far as the time that the work may take, else quantiles would stop short of a timeout', () => {
    const { agent, llm, tools } = Settings.from({});
    const top = (name: string) => (INSTRUMENTS[name]?.buckets?.at(-1) ?? 0) * 1_000;
    expect(top('agent_request_duration_seconds')).toBeGreaterThanOrEqual(Math.max(120_000, agent.totalTimeoutMilliseconds));
    expect(top('http_request_duration_seconds')).toBeGreaterThanOrEqual(Math.max(120_000, agent.totalTimeoutMilliseconds));
    expect(top('llm_request_duration_seconds')).toBeGreaterThanOrEqual(Math.max(120_000, llm.callMilliseconds));
    expect(top('tool_duration_seconds')).toBeGreaterThanOrEqual(Math.max(30_000, tools.timeoutMilliseconds));
    expect(INSTRUMENTS.llm_request_duration_seconds?.buckets).toContain(60);
    expect(INSTRUMENTS.agent_request_duration_seconds?.buckets).toContain(5); // the threshold of the latency SLO
  });
});

describe('the log', () => {
  /** The lines that the project started with; people have alerts on them. */
  const SEED_LINES: readonly LogLine[] = [
    ['info', 'application.started'], ['info', 'application.shutdown'], ['info', 'agent.initialized'],
    ['info', 'agent.request_received'], ['info', 'agent.request_completed'], ['error', 'agent.request_failed'],
    ['debug', 'agent.iteration_started'], ['debug', 'agent.loop_completed'], ['warn', 'agent.llm_call_failed'],
    ['error', 'agent.tool_execution_failed'], ['warn', 'agent.max_iterations_reached'],
    ['debug', 'llm.calling'], ['info', 'llm.call_completed'],
    ['info', 'tool.executing'], ['info', 'tool.execution_completed'], ['warn', 'tool.execution_failed'], ['warn', 'tool.circuit_breaker_open'],
    ['info', 'request.failed'], ['info', 'health_server.starting'], ['debug', 'health.liveness_check'],
    ['debug', 'health.readiness_check'], ['debug', 'health.readiness_check_completed'], ['debug', 'metrics.scraped'],
  ];
  /** One event from two entries, and why it still says one thing. */
  const SHARED = { 'health.readiness_check_completed': 'a readiness answer; louder when it differs from the last one' };

  it.each(SEED_LINES)('still has the line (%s) %s', (level, event) => {
    expect(lines.map(([, line]) => line)).toContainEqual([level, event]);
  });

  it('means one thing by each event', () => {
    const writers = Map.groupBy(lines, ([, [, event]]) => event);
    const shared = [...writers].filter(([, entries]) => new Set(entries.map(([entry]) => entry)).size > 1).map(([event]) => event);
    expect(shared).toEqual(Object.keys(SHARED));
  });

  it('names events noun.what_happened', () => {
    expect(lines.map(([, [, event]]) => event).filter((event) => !/^[a-z]+(_[a-z]+)*\.[a-z]+(_[a-z]+)*$/.test(event))).toEqual([]);
  });

  it('says error of nothing but a request that failed for the person who asked, work that broke, or the end of the process', () => {
    expect(lines.filter(([, [level]]) => level === 'error').map(([, [, event]]) => event).filter((event) => event !== 'agent.tool_execution_failed')).toEqual(['agent.request_failed', 'process.crashed']);
  });

  it('does not warn of what was merely cancelled', () => {
    expect(operations.flatMap(([, { log }]) => (log.aborted ? [log.aborted[0]] : [])).filter((level) => level !== 'info')).toEqual([]);
  });
});

describe('the entries', () => {
  const sources = readdirSync('src', { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && !path.startsWith('kernel/'))
    .map((path) => readFileSync(`src/${path}`, 'utf8')).join('\n');

  it.each(operations.map(([name]) => name))('operation %s is observed by somebody', (name) => {
    expect({ name, observed: sources.includes(`observe('${name}'`) }).toEqual({ name, observed: true });
  });

  it.each(facts.map(([name]) => name))('fact %s is noted by somebody: what nobody tells does not exist', (name) => {
    expect({ name, noted: sources.includes(`'${name}'`) }).toEqual({ name, noted: true });
  });

  it('have a line, an event or a metric, else nobody would notice', () => {
    expect(facts.filter(([, { log, spanEvent, meters: own }]) => !log && !spanEvent && !own?.length).map(([name]) => name)).toEqual([]);
  });
});

describe('the spans', () => {
  const SEED_EVENTS = [
    'iteration.started', 'iteration.completed', 'tools.executed', 'llm.request_sent', 'llm.response_received', 'llm.call_failed',
    'tool.started', 'tool.completed', 'tool.failed', 'tool.circuit_open',
  ];
  /** Every gen_ai attribute that we send. A key that is not in the conventions (v1.41, or the draft after it) must not be added. */
  const GEN_AI_KEYS = [
    'gen_ai.agent.name', 'gen_ai.conversation.id', 'gen_ai.input.messages', 'gen_ai.operation.name', 'gen_ai.output.messages',
    'gen_ai.provider.name', 'gen_ai.request.max_tokens', 'gen_ai.request.model', 'gen_ai.request.stream', 'gen_ai.request.temperature',
    'gen_ai.response.finish_reasons', 'gen_ai.response.id', 'gen_ai.response.model', 'gen_ai.response.time_to_first_chunk',
    'gen_ai.tool.call.arguments', 'gen_ai.tool.call.id', 'gen_ai.tool.call.result', 'gen_ai.tool.name', 'gen_ai.tool.type',
    'gen_ai.usage.cache_creation.input_tokens', 'gen_ai.usage.cache_read.input_tokens', 'gen_ai.usage.cache_write.input_tokens',
    'gen_ai.usage.input_tokens', 'gen_ai.usage.output_tokens',
  ];

  it('keep the names of the seed', () => {
    expect(Object.fromEntries(operations.map(([name, { span }]) => [name, span.seed]))).toEqual({
      'http.request': '{method} {route}', 'agent.process': 'agent.process', 'agent.loop': 'agent.loop',
      'llm.call': 'llm.call', 'tools.execute': 'tools.execute', 'tool.call': 'tool.{tool_name}',
    });
  });

  it('keep the events of the seed', () => {
    const events = [...operations.flatMap(([, { spanEvents = {} }]) => Object.values(spanEvents)), ...facts.flatMap(([, { spanEvent = [] }]) => spanEvent)];
    expect(events).toEqual(expect.arrayContaining(SEED_EVENTS));
  });

  it('are named only by what is known when they begin', () => {
    for (const [name, { span }] of operations) {
      const used = [...`${span.seed} ${span.semconv}`.matchAll(/\{(\w+)\}/g)].map(([, attribute]) => attribute ?? '');
      expect(used.filter((attribute) => !attributes[name]?.begin.includes(attribute))).toEqual([]);
    }
  });

  it('send exactly the gen_ai attributes that we know of', () => {
    const sent = operations.flatMap(([name, { content = [] }]) => Object.keys(spanAttributes(name as OperationName, everything(name), content, true)));
    expect([...new Set(sent)].filter((key) => key.startsWith('gen_ai')).sort()).toEqual(GEN_AI_KEYS);
  });

  it('translate no attribute that no operation has', () => {
    const known = operations.flatMap(([name]) => [...attributes[name]?.begin ?? [], ...attributes[name]?.end ?? []]);
    expect(Object.keys(STANDARD_NAMES).filter((name) => !known.includes(name))).toEqual([]);
  });

  it('hold content nowhere but under its opt-in name', () => {
    for (const [name, { content = [] }] of operations) {
      const sent = spanAttributes(name as OperationName, Object.fromEntries(content.map((attribute) => [attribute, 'CANARY'])), content, false);
      expect(JSON.stringify(sent)).not.toContain('CANARY');
    }
  });
});

/** Every status that an operation can end with. */
function statusesOf(name: OperationName): string[] {
  const { statuses, statusOf = {} }: Shape = OPERATIONS[name];
  return [...Object.values(statuses), ...ERROR_TYPES.flatMap((errorType) => statusOf[errorType] ?? [])];
}

/** An operation that learned everything that it could. */
function everything(name: string): Record<string, string | number | boolean> {
  const { begin, end } = attributes[name] ?? { begin: [], end: [] };
  return { ...Object.fromEntries([...begin, ...end].map((attribute) => [attribute, 1])), stop_reason: 'end_turn', stream: true };
}
