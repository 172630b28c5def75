import { Global, Module, type DynamicModule } from '@nestjs/common';
import { TraceService } from 'nestjs-otel';
import { ExportHealth } from './export-health.js';
import { LogExport } from './log-export.js';
import { TraceCarrier } from './trace-carrier.js';
import { TraceExport } from './trace-export.js';
import { TracingPillar } from './tracing.pillar.js';

/**
 * Owns the tracer. Of nestjs-otel only its TraceService is used: its module would add a middleware to every request for
 * features that the observer already has.
 */
@Global()
@Module({})
export class TracingModule {
  /** Exports start before Nest, so they are handed in. */
  static with(tracing: TraceExport, logs = new LogExport()): DynamicModule {
    return {
      module: TracingModule,
      providers: [TraceService, TraceCarrier, TracingPillar, ExportHealth, { provide: TraceExport, useValue: tracing }, { provide: LogExport, useValue: logs }],
      exports: [TracingPillar, TraceCarrier, TraceExport, LogExport, ExportHealth],
    };
  }
}
