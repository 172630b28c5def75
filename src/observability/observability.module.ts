import { Global, Module } from '@nestjs/common';
import { Observer } from '../kernel/observer.js';
import { JournalModule } from '../journal/journal.module.js';
import { JournalPillar } from '../journal/journal.pillar.js';
import { LineCount } from '../logging/line-count.js';
import { LoggingPillar } from '../logging/logging.pillar.js';
import { MetricsModule } from '../metrics/metrics.module.js';
import { MetricsPillar } from '../metrics/metrics.pillar.js';
import { LogExport } from '../tracing/log-export.js';
import type { ExportResultName } from '../tracing/signal-export.js';
import { TracingPillar } from '../tracing/tracing.pillar.js';
import { CompositeObserver } from './composite-observer.js';
import { rarely } from './rarely.js';

/** The order is meaning: tracing is outermost, so every log line is written inside its span. */
@Global()
@Module({
  imports: [MetricsModule, JournalModule],
  providers: [{
    provide: Observer,
    inject: [LineCount, LogExport, TracingPillar, LoggingPillar, MetricsPillar, JournalPillar],
    useFactory: assemble,
  }],
  exports: [Observer],
})
export class ObservabilityModule {}

const EXPORTED = { traces: 'otel_spans_exported_total', logs: 'otel_log_records_exported_total' } as const;

/** Also lets the meters count what the other two pillars hand out: lines, spans and what became of both at the collector. */
function assemble(lines: LineCount, logs: LogExport, ...pillars: [TracingPillar, LoggingPillar, MetricsPillar, JournalPillar]): CompositeObserver {
  const [tracing, logging, metrics] = pillars;
  lines.listen((level) => metrics.count('log_lines_total', level));
  lines.onLost((count) => metrics.count('log_lines_dropped_total', undefined, count));
  const meter = (signal: keyof typeof EXPORTED, configured: boolean) => {
    if (configured) metrics.count('otel_exporter_up', signal, 1);
    return (result: ExportResultName, items: number) => {
      metrics.count(EXPORTED[signal], result, items);
      if (result !== 'dropped') metrics.count('otel_exporter_up', signal, result === 'ok' ? 1 : 0);
    };
  };
  tracing.onExport(meter('traces', tracing.exports));
  logs.listen(meter('logs', logs.active));
  const observer = new CompositeObserver(pillars, (error) => logging.pillarFailed(error));
  const tell = rarely((error, suppressed) => observer.note('exporter.failed', { error, suppressed }));
  tracing.onExportProblem(tell);
  // That line is itself exported, and may fail to be: that it is told rarely keeps this from going round and round.
  logs.onProblem(tell);
  return observer;
}
