import { Global, Module } from '@nestjs/common';
import { Observer } from '../kernel/observer.js';
import { JournalModule } from '../journal/journal.module.js';
import { JournalPillar } from '../journal/journal.pillar.js';
import { LineCount } from '../logging/line-count.js';
import { LoggingPillar } from '../logging/logging.pillar.js';
import { MetricsModule } from '../metrics/metrics.module.js';
import { MetricsPillar } from '../metrics/metrics.pillar.js';
import { TracingPillar } from '../tracing/tracing.pillar.js';
import { CompositeObserver } from './composite-observer.js';
import { rarely } from './rarely.js';

/** The order is meaning: tracing is outermost, so every log line is written inside its span. */
@Global()
@Module({
  imports: [MetricsModule, JournalModule],
  providers: [{
    provide: Observer,
    inject: [TracingPillar, LoggingPillar, MetricsPillar, JournalPillar, LineCount],
    useFactory: assemble,
  }],
  exports: [Observer],
})
export class ObservabilityModule {}

/** Also lets the meters count what the other two pillars hand out: lines and spans. */
function assemble(tracing: TracingPillar, logging: LoggingPillar, metrics: MetricsPillar, journal: JournalPillar, lines: LineCount): CompositeObserver {
  lines.listen((level) => metrics.count('log_lines_total', level));
  lines.onLost((count) => metrics.count('log_lines_dropped_total', undefined, count));
  if (tracing.exports) metrics.count('otel_exporter_up', 'traces', 1);
  tracing.onExport((result, spans) => {
    metrics.count('otel_spans_exported_total', result, spans);
    if (result !== 'dropped') metrics.count('otel_exporter_up', 'traces', result === 'ok' ? 1 : 0);
  });
  const observer = new CompositeObserver([tracing, logging, metrics, journal], (error) => logging.pillarFailed(error));
  tracing.onExportProblem(rarely((error, suppressed) => observer.note('exporter.failed', { error, suppressed })));
  return observer;
}
