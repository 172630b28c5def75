import { ExportHealth } from '../../../src/tracing/export-health.js';
import { LogExport } from '../../../src/tracing/log-export.js';
import { plainWords } from '../../../src/tracing/start-tracing.js';
import { TraceExport } from '../../../src/tracing/trace-export.js';

const spansToCollector = () => new TraceExport(true, undefined, true);
const linesToCollector = () => new LogExport(() => undefined, 10);

describe('the collector', () => {
  it.each([['nothing', new TraceExport()], ['spans on the console', new TraceExport(true)]])('is not missed where it gets %s', (_what, traces) => {
    traces.exported('failed', 1);
    expect(new ExportHealth(traces, new LogExport()).describe()).toEqual({ isTaken: true, detail: 'no collector is configured' });
  });

  it('is asked about lines also where it gets no spans', () => {
    const logs = linesToCollector();
    logs.exported('ok', 3);
    const health = new ExportHealth(new TraceExport(true), logs);
    expect(health.describe()).toEqual({ isTaken: true, detail: '3 log lines exported, 0 failed, 0 dropped' });
    logs.exported('failed', 2);
    logs.exported('dropped', 1);
    expect(health.describe()).toEqual({
      isTaken: false, detail: 'the collector does not take log lines, telemetry.export_failed in the log says why: 3 log lines exported, 2 failed, 1 dropped',
    });
    logs.exported('ok', 1);
    expect(health.describe()).toEqual({ isTaken: true, detail: '4 log lines exported, 2 failed, 1 dropped' });
  });

  it('may take one signal and not the other', () => {
    const [traces, logs] = [spansToCollector(), linesToCollector()];
    const health = new ExportHealth(traces, logs);
    expect(health.describe()).toEqual({ isTaken: true, detail: '0 spans exported, 0 failed, 0 dropped; 0 log lines exported, 0 failed, 0 dropped' });
    traces.exported('failed', 2);
    expect(health.describe().detail).toMatch(/^the collector does not take spans, /);
    logs.exported('failed', 2);
    expect(health.describe().detail).toMatch(/^the collector does not take spans and log lines, /);
  });
});

it('the SDK\'s errors are told without their stack and without what the collector answered', () => {
  expect(plainWords(JSON.stringify({ stack: 'at x', message: 'Unauthorized', data: 'CANARY' }))).toBe('Unauthorized');
  for (const said of ['Dropped 3 spans because maxQueueSize reached', '{"stack":1}', '5', 'null']) expect(plainWords(said)).toBe(said);
});
