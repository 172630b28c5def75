import { trace, type LogRecord } from '@opentelemetry/api';
import { AsyncLocalStorage } from 'node:async_hooks';
import { createLogger } from '../../../src/logging/log.js';
import { TeedOutput } from '../../../src/logging/teed-output.js';
import { standardOtlp } from '../../../src/settings/standard-otlp.js';
import { Settings } from '../../../src/settings/settings.js';
import { LogExport, startLogExport } from '../../../src/tracing/log-export.js';
import { logRecordOf } from '../../../src/tracing/log-record.js';
import { MemoryOutput } from '../../support/memory-output.js';

const KEY = ['sk', 'ant', 'api03', 'x'.repeat(40)].join('-');
const SPAN = { trace_id: '0af7651916cd43dd8448eb211c80319c', span_id: 'b7ad6b7169203331', trace_flags: '01' };

function recordOf(fields: object): LogRecord {
  return logRecordOf(`${JSON.stringify(fields)}\n`);
}

describe('a line becomes a record', () => {
  it('with its message, time, severity and event, and all else as attributes', () => {
    const record = recordOf({
      level: 'warning', timestamp: '2026-11-24T10:00:00.123Z', message: 'tool.failed', event: 'tool.failed', ...SPAN,
      correlation_id: 'c-1', run_id: 'r-1', duration_ms: 1.5, ok: false, tools: ['a', 'b'], settings: { llm: { model: 'm' } }, mixed: [1, {}], nothing: null,
    });
    expect(record).toMatchObject({ body: 'tool.failed', severityText: 'warning', severityNumber: 13, eventName: 'tool.failed', timestamp: new Date('2026-11-24T10:00:00.123Z') });
    expect(record.attributes).toEqual({
      event: 'tool.failed', correlation_id: 'c-1', run_id: 'r-1', duration_ms: 1.5, ok: false, tools: ['a', 'b'], settings: '{"llm":{"model":"m"}}', mixed: '[1,{}]',
    });
    expect(record.context && trace.getSpanContext(record.context)).toEqual({ traceId: SPAN.trace_id, spanId: SPAN.span_id, traceFlags: 1 });
  });

  it('of Nest has prose and no event', () => {
    const record = recordOf({ level: 'info', message: 'Starting', logger: 'NestFactory' });
    expect(record).toMatchObject({ body: 'Starting', attributes: { logger: 'NestFactory' } });
    expect('eventName' in record).toBe(false);
  });

  it.each([['debug', 5], ['info', 9], ['warning', 13], ['error', 17], ['critical', 21], ['loud', 0]])('of level %s has severity %d', (level, severityNumber) => {
    expect(recordOf({ level, message: '' })).toMatchObject({ severityText: level, severityNumber });
  });

  it('without ids belongs to no span, whatever runs now', () => {
    const { context } = recordOf({ message: 'x' });
    expect(context && trace.getSpanContext(context)).toBeUndefined();
  });
});

describe('the export of lines', () => {
  function exporting(capacity: number): { readonly logs: LogExport; readonly records: LogRecord[]; readonly told: unknown[] } {
    const records: LogRecord[] = [];
    const told: unknown[] = [];
    const logs = new LogExport((record) => records.push(record), capacity);
    logs.listen((result, items) => told.push([result, items]));
    return { logs, records, told };
  }

  it('gets what the log wrote, after it was redacted and written', () => {
    const { logs, records } = exporting(10);
    const output = new MemoryOutput();
    const sink = { write: (line: string) => (expect(output.text.at(-1)).toBe(line), logs.write(line)) };
    createLogger(Settings.from({}).service, new TeedOutput(output, sink), () => undefined).info({ event: 'x', note: `use ${KEY}`, deep: { key: KEY } }, `key ${KEY}`);
    expect(records).toHaveLength(1);
    expect(JSON.stringify(records)).not.toContain(KEY);
    expect(records[0]?.body).toMatch(/^key (?!sk-ant)/);
  });

  it('drops and counts what does not fit, until the queue hands on what it has', () => {
    const { logs, records, told } = exporting(2);
    for (let line = 0; line < 4; line += 1) logs.write('{"message":"x"}\n');
    expect({ records: records.length, told }).toEqual({ records: 2, told: [['dropped', 1], ['dropped', 1]] });
    logs.leaving(2);
    logs.write('{"message":"y"}\n');
    expect(records.at(-1)?.body).toBe('y');
  });

  it('does not throw at a line that is none', () => {
    const { logs, told } = exporting(2);
    logs.write('not JSON\n');
    expect(told).toEqual([['dropped', 1]]);
  });

  it('keeps nothing of the request that wrote the line', () => {
    const request = new AsyncLocalStorage<string>();
    const seen: unknown[] = [];
    const logs = new LogExport(() => seen.push(request.getStore()), 10);
    request.run('a request', () => logs.write('{"message":"x"}\n'));
    expect(seen).toEqual([undefined]);
  });

  it.each([[{}, { disabled: true }], [{ OTLP_ENDPOINT: 'http://127.0.0.1:9' }, { disabled: true }], [{}, { disabled: false }]])('does not start with %j and %j', async (environment, standard) => {
    const { tracing, service } = Settings.from(environment);
    const logs = await startLogExport(tracing, service, { ...standardOtlp('logs'), endpoint: undefined, ...standard });
    expect(logs.active).toBe(false);
    logs.write('{"message":"x"}\n');
  });
});

describe('OTEL_LOGS_EXPORTER', () => {
  const before = process.env.OTEL_LOGS_EXPORTER;
  afterAll(() => {
    if (before === undefined) delete process.env.OTEL_LOGS_EXPORTER;
    else process.env.OTEL_LOGS_EXPORTER = before;
  });

  it.each([['', false], ['none', false], ['otlp', true], [' OTLP ', true]])('"%s" exports: %p', (value, wanted) => {
    process.env.OTEL_LOGS_EXPORTER = value;
    expect(standardOtlp('logs').disabled).toBe(!wanted);
    expect(standardOtlp('traces').disabled).toBe(false);
  });
});
