import { context, trace, TraceFlags } from '@opentelemetry/api';
import { hostname } from 'node:os';
import type { Logger as PinoLogger } from 'pino';
import { Test } from '@nestjs/testing';
import { Logger } from 'nestjs-pino';
import { withRunContext } from '../../../src/kernel/run-context.js';
import { FrameworkLogger } from '../../../src/logging/framework-logger.js';
import { createLogger } from '../../../src/logging/log.js';
import { LoggingModule } from '../../../src/logging/logging.module.js';
import { SettingsModule } from '../../../src/settings/settings.module.js';
import { Settings } from '../../../src/settings/settings.js';
import { MemoryOutput } from '../../support/memory-output.js';
import { SpanRecorder } from '../../support/span-recorder.js';

new SpanRecorder().install(); // for its context manager: an active span needs one
const settings = Settings.from({ ENVIRONMENT: 'test' }, '1.2.3');
const KEY = ['sk', 'ant', 'api03', 'x'.repeat(40)].join('-');
const TRACE = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' };

function loggerTo(output: MemoryOutput, counted: string[] = []): PinoLogger {
  return createLogger(settings.service, output, (level) => counted.push(level));
}

describe('a line', () => {
  it.each([['debug', 'debug'], ['info', 'info'], ['warn', 'warning'], ['error', 'error'], ['fatal', 'critical']] as const)('of level %s says %s', (level, shown) => {
    const output = new MemoryOutput();
    loggerTo(output)[level]({ event: 'x' }, 'x');
    expect(output.lines).toEqual([expect.objectContaining({ level: shown })]);
  });

  it('says when, what and who', () => {
    const output = new MemoryOutput();
    loggerTo(output).info({ event: 'agent.initialized', tools: 4 }, 'agent.initialized');
    expect(output.lines[0]).toEqual({
      level: 'info', timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/), event: 'agent.initialized', message: 'agent.initialized', tools: 4,
      service: 'task-automation-agent', version: '1.2.3', environment: 'test', instance: hostname(),
    });
  });

  it('has the ids of its request, and those of no other', () => {
    const output = new MemoryOutput();
    const log = loggerTo(output);
    withRunContext({ correlationId: 'c-1', channel: 'http', conversationId: 'conv_1', userId: 'ann' }, () => log.info('inside'));
    withRunContext({ correlationId: 'c-2', channel: 'http' }, () => log.info('inside'));
    log.info('outside');
    expect(output.lines.map(({ correlation_id, session_id, user_id }) => [correlation_id, session_id, user_id]))
      .toEqual([['c-1', 'conv_1', 'ann'], ['c-2', undefined, undefined], [undefined, undefined, undefined]]);
  });

  it('has the ids of its span', () => {
    const output = new MemoryOutput();
    const log = loggerTo(output);
    const span = trace.wrapSpanContext({ ...TRACE, traceFlags: TraceFlags.SAMPLED });
    context.with(trace.setSpan(context.active(), span), () => log.info('inside'));
    expect(output.lines[0]).toMatchObject({ trace_id: TRACE.traceId, span_id: TRACE.spanId, trace_flags: '01' });
  });

  it('has no ids of a span that is none', () => {
    const output = new MemoryOutput();
    const invalid = trace.wrapSpanContext({ traceId: '0'.repeat(32), spanId: '0'.repeat(16), traceFlags: 0 });
    context.with(trace.setSpan(context.active(), invalid), () => loggerTo(output).info('inside'));
    expect(output.lines[0]).not.toHaveProperty('trace_id');
  });

  it('is counted by its level, and only when it is written', () => {
    const counted: string[] = [];
    const log = loggerTo(new MemoryOutput('info'), counted);
    for (const level of ['debug', 'info', 'warn', 'error', 'fatal'] as const) log[level]('x');
    expect(counted).toEqual(['info', 'warning', 'error', 'critical']);
  });
});

describe('whatever is written', () => {
  const circular: Record<string, unknown> = {};
  circular.self = circular;
  const throwing = { get secret(): string { throw new Error('no'); } };
  const HOSTILE: readonly (readonly [string, unknown])[] = [
    ['newlines', 'a\n{"level":"error","event":"fake"}\r\nb'], ['control characters', '\u0000\u0007\u001b[2J\u009b31m'], ['quotes and backslashes', '"\\"\\\\", "level": "error"'],
    ['line separators', 'a\u2028b\u2029c'], ['half a character', 'a\ud800b\udc00'], ['a bidi override', 'a\u202eb'], ['a very long text', 'x'.repeat(200_000)],
    ['a big integer', 10n ** 30n], ['a circle', circular], ['a getter that throws', throwing], ['a symbol', Symbol('x')], ['a function', () => 1], ['a date', new Date(NaN)],
    ['a Map', new Map([['a', 1]])], ['an error', new Error('a\nb')], ['__proto__', JSON.parse('{"__proto__":{"level":"x"},"constructor":1,"toJSON":1}')],
    ['the names of our own fields', { level: 'error', timestamp: 'x', message: 'y' }], ['not a number', NaN], ['nothing', undefined],
  ];

  it.each(HOSTILE)('%s in a field stays inside one line of JSON', (_what, value) => {
    const output = new MemoryOutput();
    expect(() => loggerTo(output).info({ event: 'x', value }, 'x')).not.toThrow();
    expect(output.text).toHaveLength(1);
    expect(output.text[0]?.indexOf('\n')).toBe((output.text[0]?.length ?? 0) - 1);
    expect(output.lines[0]).toMatchObject({ level: 'info', event: 'x', message: 'x' });
  });

  it.each(HOSTILE.filter(([, value]) => typeof value === 'string'))('%s in a message stays inside one line of JSON', (_what, value) => {
    const output = new MemoryOutput();
    loggerTo(output).info(value as string);
    expect(output.text).toHaveLength(1);
    expect(output.text[0]?.indexOf('\n')).toBe((output.text[0]?.length ?? 0) - 1);
    expect(output.lines[0]?.level).toBe('info');
  });

  it.each([
    ['in the message', (log: PinoLogger) => log.info(`the key is ${KEY}`)],
    ['in a field', (log: PinoLogger) => log.info({ note: `the key is ${KEY}` }, 'x')],
    ['deep inside', (log: PinoLogger) => log.info({ a: { b: [{ c: KEY }] } }, 'x')],
    ['in an error and its cause', (log: PinoLogger) => log.error({ error_detail: new Error(`bad ${KEY}`, { cause: new Error(KEY) }) }, 'x')],
    ['in the name of a field', (log: PinoLogger) => log.info({ [KEY]: 1 }, 'x')],
    ['in a format argument', (log: PinoLogger) => log.info('key %s', KEY)],
    ['on a child logger', (log: PinoLogger) => log.child({ key: KEY }).info('x')],
  ])('a key %s is not shown', (_where, write) => {
    const output = new MemoryOutput();
    write(loggerTo(output));
    expect(output.text.join('')).not.toContain('xxxxxxxx');
    expect(output.text.join('')).toContain('[redacted]');
    expect(output.lines).toHaveLength(1);
  });
});

describe('what Nest writes', () => {
  const output = new MemoryOutput();
  let nest: FrameworkLogger;
  beforeAll(async () => {
    const module = await Test.createTestingModule({ imports: [SettingsModule.for(settings), LoggingModule.to(output)] }).compile();
    nest = new FrameworkLogger(module.get(Logger));
  });
  beforeEach(() => output.clear());

  it('is a line like any other, and says who wrote it', () => {
    nest.log('Something happened', 'SomeService');
    nest.warn('careful', 'SomeService');
    nest.error('broken', 'at here', 'SomeService');
    nest.debug('details', 'SomeService');
    nest.verbose('too many details', 'SomeService');
    expect(output.lines.map(({ level, logger, message }) => [level, logger, message])).toEqual([
      ['info', 'SomeService', 'Something happened'], ['warning', 'SomeService', 'careful'], ['error', 'SomeService', 'broken'], ['debug', 'SomeService', 'details'],
    ]);
    for (const line of output.lines) expect(line).toMatchObject({ service: 'task-automation-agent', version: '1.2.3', environment: 'test' });
  });

  it.each(['InstanceLoader', 'RoutesResolver', 'RouterExplorer', 'NestFactory', 'NestApplication'])('about its own start (%s) is a detail', (logger) => {
    nest.log('dependencies initialized', logger);
    expect(output.lines).toEqual([expect.objectContaining({ level: 'debug', logger })]);
  });

  it('about a start that failed is not', () => {
    nest.error('can not resolve dependencies', 'InstanceLoader');
    expect(output.lines).toEqual([expect.objectContaining({ level: 'error', logger: 'InstanceLoader' })]);
  });
});
