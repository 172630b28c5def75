import { Test } from '@nestjs/testing';
import { trace } from '@opentelemetry/api';
import { Registry } from 'prom-client';
import { Failure } from '../../../src/kernel/failure.js';
import { Observer, type Pillar } from '../../../src/kernel/observer.js';
import { withRunContext } from '../../../src/kernel/run-context.js';
import { LoggingModule } from '../../../src/logging/logging.module.js';
import { CompositeObserver } from '../../../src/observability/composite-observer.js';
import { ObservabilityModule } from '../../../src/observability/observability.module.js';
import { SettingsModule } from '../../../src/settings/settings.module.js';
import { Settings } from '../../../src/settings/settings.js';
import { TraceExport } from '../../../src/tracing/trace-export.js';
import { TracingModule } from '../../../src/tracing/tracing.module.js';
import { MemoryOutput } from '../../support/memory-output.js';
import { SpanRecorder } from '../../support/span-recorder.js';

const spans = new SpanRecorder().install();
const log = new MemoryOutput();
let observer: Observer;
let registry: Registry;

const call = { tool_name: 'calculator', tool_use_id: 'toolu_1', tool_input: { expression: '1' } };
const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

beforeAll(async () => {
  const module = await Test.createTestingModule({
    imports: [SettingsModule.for(Settings.from({})), LoggingModule.to(log), TracingModule.with(new TraceExport(true)), ObservabilityModule],
  }).compile();
  observer = module.get(Observer);
  registry = module.get(Registry);
});
beforeEach(() => {
  spans.clear();
  log.clear();
});

describe('one observation', () => {
  it('has the same duration in its span, its log line and its histogram', async () => {
    await observer.observe('tool.call', call, () => pause(25));
    const [line] = log.of('tool.execution_completed');
    const sum = Number(/tool_duration_seconds_sum\{[^}]*calculator[^}]*success[^}]*\} (\S+)/.exec(await registry.metrics())?.[1]);
    expect(sum * 1000).toBeCloseTo(Number(line?.duration_ms), 2);
    const [seconds, nanoseconds] = spans.named('tool.calculator').duration;
    // The span begins a moment after the observation's own clock and ends after it, so it can only be compared with the work.
    expect(seconds * 1e3 + nanoseconds / 1e6).toBeGreaterThanOrEqual(24);
  });

  it('is the parent of what happens inside it, also after an await', async () => {
    await observer.observe('tools.execute', { tool_count: 1, parallel: false }, async () => {
      await pause(1);
      await observer.observe('tool.call', call, () => pause(1));
      trace.getTracer('test').startSpan('inside').end();
    });
    const outer = spans.named('tools.execute');
    expect(spans.childrenOf(outer).map((span) => span.name).sort()).toEqual(['inside', 'tool.calculator']);
  });

  it('writes its log lines inside its span and its request', async () => {
    await withRunContext({ correlationId: 'c-1', channel: 'cli', conversationId: 's-1', userId: 'u-1' }, () => observer.observe('tool.call', call, () => pause(1)));
    const { traceId, spanId } = spans.named('tool.calculator').spanContext();
    for (const line of log.lines) {
      expect(line).toMatchObject({ correlation_id: 'c-1', session_id: 's-1', user_id: 'u-1', trace_id: traceId, span_id: spanId });
    }
    expect(log.lines.map((line) => line.event)).toEqual(['tool.executing', 'tool.execution_completed']);
  });

  it('shows a failure in all pillars with one error type, and throws it unchanged', async () => {
    const failure = new Failure('x', { errorType: 'permission', publicMessage: 'no' });
    await expect(observer.observe('tool.call', call, async () => { throw failure; })).rejects.toBe(failure);
    expect(log.of('tool.execution_failed')[0]).toMatchObject({ error_type: 'permission', status: 'error', level: 'warning' });
    expect(spans.named('tool.calculator').attributes['error.type']).toBe('permission');
    expect(spans.named('tool.calculator').status.code).toBe(2);
    expect(await registry.metrics()).toContain('tool_errors_total{tool_name="calculator",error_type="permission"} 1');
  });

  it('is not an error when the work was aborted', async () => {
    await expect(observer.observe('tool.call', call, async () => AbortSignal.abort().throwIfAborted())).rejects.toThrow();
    expect(spans.named('tool.calculator').status.code).toBe(0);
    expect(log.lines.some((line) => line.level === 'error' || line.level === 'warning')).toBe(false);
  });

  it.each([null, undefined, 'text', 7])('rethrows a thrown %p unchanged', async (thrown) => {
    await expect(observer.observe('tool.call', call, async () => { throw thrown; })).rejects.toBe(thrown);
    expect(log.of('tool.execution_failed')[0]).toMatchObject({ error_type: '_OTHER' });
  });

  it('redacts what failed before anyone sees it', async () => {
    await observer.observe('tool.call', call, async () => { throw new Error(`key ${['sk', 'ant', 'a'.repeat(40)].join('-')} refused`); }).catch(() => undefined);
    const everything = JSON.stringify([log.text, spans.spans.map((span) => [span.attributes, span.status])]);
    expect(everything).toContain('[redacted]');
    expect(everything).not.toContain('aaaaaaaa');
  });
});

describe('a pillar that fails', () => {
  it('is reported and never changes the work', async () => {
    const reported: string[] = [];
    let ran = 0;
    const fails = (stage: string): never => { throw new Error(stage); };
    const pillars: Pillar[] = [
      { begin: () => fails('begin'), note: () => fails('note') },
      { begin: () => ({ end: () => fails('end') }), note: () => undefined },
    ];
    const fragile = new CompositeObserver(pillars, (error) => reported.push((error as Error).message));
    expect(await fragile.observe('tool.call', call, async () => ++ran)).toBe(1);
    fragile.note('breaker.failed', { name: 'x' });
    expect([ran, reported]).toEqual([1, ['begin', 'end', 'note']]);
  });
});
