import { jest } from '@jest/globals';
import { SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace';
import { Settings } from '../../../src/settings/settings.js';
import { describeSpan, LineExporter } from '../../../src/tracing/line-exporter.js';
import { protocolOf, signalUrl } from '../../../src/tracing/otlp-exporter.js';
import { startTracing } from '../../../src/tracing/start-tracing.js';
import { TraceExport } from '../../../src/tracing/trace-export.js';
import { WatchedExporter } from '../../../src/tracing/watched-exporter.js';
import { standardOtlp, type StandardOtlp } from '../../../src/settings/standard-otlp.js';
import { SpanRecorder } from '../../support/span-recorder.js';

const recorder = new SpanRecorder().install();
const NOTHING_SET: StandardOtlp = { ...standardOtlp(), disabled: false, endpoint: undefined, protocol: undefined };

function aSpan(): ReadableSpan {
  recorder.clear();
  trace.getTracer('test').startSpan('tool.calculator', { kind: SpanKind.CLIENT, attributes: { a: 1 } })
    .addEvent('tool.started').setStatus({ code: SpanStatusCode.ERROR, message: 'x' }).end();
  return recorder.named('tool.calculator');
}

describe('the protocol', () => {
  it.each([
    ['http://collector:4317', undefined, 'grpc'], ['http://collector:4318', undefined, 'http/protobuf'], ['https://collector', undefined, 'http/protobuf'],
    ['http://collector:4317/v1/traces', undefined, 'grpc'], ['http://collector:4317', 'http/protobuf', 'http/protobuf'], ['http://collector:4318', 'grpc', 'grpc'],
    ['http://collector:4318', 'http/json', 'http/json'], ['http://collector:4318', 'carrier-pigeon', 'http/protobuf'], ['http://collector:4318', '', 'http/protobuf'],
  ])('of %s, named %p, is %s', (endpoint, named, protocol) => {
    expect(protocolOf(endpoint, named)).toBe(protocol);
  });
});

describe('the address of the traces', () => {
  it.each([
    ['http://collector:4318', 'http://collector:4318/v1/traces'], ['http://collector:4318/', 'http://collector:4318/v1/traces'],
    ['http://collector:4318/v1/traces', 'http://collector:4318/v1/traces'], ['https://collector/otlp', 'https://collector/otlp/v1/traces'],
    ['https://collector/otlp/', 'https://collector/otlp/v1/traces'], ['https://user:secret@collector/?key=1', 'https://user:secret@collector/v1/traces?key=1'],
  ])('%s becomes %s', (endpoint, url) => {
    expect(signalUrl(endpoint, 'traces')).toBe(url);
    expect(signalUrl(signalUrl(endpoint, 'logs'), 'traces')).toBe(url);
  });
});

describe('tracing', () => {
  it('does not start when nobody listens: it would cost time and memory for nothing', async () => {
    const { tracing, service } = Settings.from({});
    expect((await startTracing(tracing, service, NOTHING_SET)).active).toBe(false);
  });

  it.each([{ OTLP_ENDPOINT: 'http://127.0.0.1:9' }, { TRACE_CONSOLE: 'true' }])('does not start when it is disabled, whatever else is set: %j', async (environment) => {
    const { tracing, service } = Settings.from(environment);
    expect((await startTracing(tracing, service, { ...NOTHING_SET, disabled: true })).active).toBe(false);
  });
});

describe('an export', () => {
  function watched(code: number, error?: Error): { readonly told: unknown[]; readonly result: Promise<unknown> } {
    const told: unknown[] = [];
    const tracing = new TraceExport(true);
    tracing.listen((result, spans) => told.push([result, spans]));
    tracing.onProblem((message) => told.push(message));
    const inner = { export: (_spans: ReadableSpan[], done: (result: object) => void) => done({ code, error }), shutdown: async () => undefined } as unknown as SpanExporter;
    const { promise: result, resolve } = Promise.withResolvers<unknown>();
    new WatchedExporter(inner, tracing).export([aSpan(), aSpan()], resolve);
    return { told, result };
  }

  it('that arrived is counted by its spans', async () => {
    const { told, result } = watched(0);
    expect(told).toEqual([['ok', 2]]);
    expect(await result).toMatchObject({ code: 0 });
  });

  it('that failed is counted, and told with its reason', async () => {
    const { told, result } = watched(1, new Error('connect ECONNREFUSED'));
    expect(told).toEqual([['failed', 2], 'connect ECONNREFUSED']);
    expect(await result).toMatchObject({ code: 1 });
  });

  it('that failed without a reason is told all the same', () => {
    expect(watched(1).told).toEqual([['failed', 2], expect.stringMatching(/collector/)]);
  });
});

describe('the end of tracing', () => {
  it('waits for what is queued', async () => {
    let flushed = false;
    await new TraceExport(true, async () => {
      await new Promise((resolve) => setImmediate(resolve));
      flushed = true;
    }).shutdown(60_000);
    expect(flushed).toBe(true);
  });

  it('does not wait for a collector that never answers', async () => {
    jest.useFakeTimers();
    try {
      const end = new TraceExport(true, () => new Promise(() => undefined)).shutdown(3_000);
      await jest.advanceTimersByTimeAsync(3_000);
      await expect(end).resolves.not.toThrow();
      expect(jest.getTimerCount()).toBe(0);
    } finally {
      jest.useRealTimers();
    }
  });

  it('never fails: a collector that refuses is told of, and that is all', async () => {
    const told: string[] = [];
    const tracing = new TraceExport(true, () => Promise.reject(new Error('connect ECONNREFUSED')));
    tracing.onProblem((message) => told.push(message));
    await tracing.shutdown(60_000);
    expect(told).toEqual(['connect ECONNREFUSED']);
  });
});

describe('a span on one line', () => {
  it('says what a person looks for', () => {
    const span = aSpan();
    expect(describeSpan(span)).toEqual({
      span: 'tool.calculator', trace_id: span.spanContext().traceId, span_id: span.spanContext().spanId, parent_span_id: undefined,
      kind: 'client', status: 'error', attributes: { a: 1 }, events: ['tool.started'],
      start: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]{12}Z$/), duration_ms: expect.any(Number),
    });
  });

  it('goes to stderr, each span once', () => {
    const write = jest.spyOn(process.stderr, 'write').mockReturnValue(true);
    try {
      let code: unknown;
      new LineExporter().export([aSpan(), aSpan()], (result) => { code = result.code; });
      const lines = write.mock.calls.map(([text]) => String(text));
      expect(lines).toHaveLength(2);
      for (const line of lines) expect(line).toMatch(/^\{"span":"tool\.calculator".*\}\n$/);
      expect(code).toBe(0);
    } finally {
      write.mockRestore();
    }
  });
});
