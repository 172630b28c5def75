import type { LogRecord } from '@opentelemetry/api';
import { AsyncResource } from 'node:async_hooks';
import { standardOtlp } from '../settings/standard-otlp.js';
import type { ServiceSettings, TracingSettings } from '../settings/settings.js';
import { ATTRIBUTE_CHARACTERS } from './attributes.js';
import { logRecordOf } from './log-record.js';
import { SignalExport } from './signal-export.js';

/**
 * The export of log lines. A line only joins a bounded queue, so a collector that is slow or gone costs nothing but its data.
 * It can not feed itself: what goes wrong with it becomes `telemetry.export_failed`, which is told rarely, and a line that does
 * not fit is counted without a word.
 */
export class LogExport extends SignalExport {
  private waiting = 0;
  /** The queue's timers must not keep the request that happened to start them: its ids would be on lines about the collector. */
  private readonly outside = new AsyncResource('LogExport');

  constructor(private readonly emit?: (record: LogRecord) => void, private readonly capacity = 0, stop?: () => Promise<void>) {
    super(emit !== undefined, stop);
  }

  /** Takes one finished, redacted line. Never throws and never waits. */
  write(line: string): void {
    if (!this.emit) return;
    // The SDK's queue has the same bound, but drops without telling.
    if (this.waiting >= this.capacity) return this.exported('dropped', 1);
    try {
      const record = logRecordOf(line);
      this.outside.runInAsyncScope(this.emit, undefined, record);
      this.waiting += 1;
    } catch {
      this.exported('dropped', 1);
    }
  }

  /** @internal */
  override leaving(records: number): void {
    this.waiting -= records;
  }
}

/** Starts the export when `OTEL_LOGS_EXPORTER` asks for it and an endpoint is known, and imports the SDK only then (docs/decisions/0022). */
export async function startLogExport(settings: TracingSettings, service: ServiceSettings, standard = standardOtlp('logs')): Promise<LogExport> {
  if (standard.disabled || (standard.endpoint ?? settings.otlpEndpoint) === undefined) return new LogExport();

  const { BatchLogRecordProcessor, LoggerProvider } = await import('@opentelemetry/sdk-logs');
  const { otlpLogExporter } = await import('./otlp-exporter.js');
  const { WatchedExporter } = await import('./watched-exporter.js');
  const { serviceResource } = await import('./service-resource.js');
  const logs: LogExport = new LogExport((record) => logger.emit(record), standard.batch.maxQueueSize, () => provider.shutdown());
  const exporter = new WatchedExporter(await otlpLogExporter(settings.otlpEndpoint, standard), logs);
  const provider = new LoggerProvider({
    resource: serviceResource(service),
    logRecordLimits: { attributeValueLengthLimit: ATTRIBUTE_CHARACTERS },
    processors: [new BatchLogRecordProcessor({ exporter, ...standard.batch })],
  });
  const logger = provider.getLogger(service.name, service.version);
  return logs;
}
