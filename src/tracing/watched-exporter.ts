import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace';
import type { TraceExport } from './trace-export.js';

type ResultCallback = Parameters<SpanExporter['export']>[1];

/** Counts what the inner exporter delivers and what it fails to. */
export class WatchedExporter implements SpanExporter {
  constructor(private readonly inner: SpanExporter, private readonly tracing: TraceExport) {}

  export(spans: ReadableSpan[], done: ResultCallback): void {
    this.inner.export(spans, (result) => {
      // 0 is ExportResultCode.SUCCESS of @opentelemetry/core.
      const delivered = Number(result.code) === 0;
      this.tracing.exported(delivered ? 'ok' : 'failed', spans.length);
      if (!delivered) this.tracing.problem(result.error?.message ?? 'the collector did not take the spans');
      done(result);
    });
  }

  async shutdown(): Promise<void> {
    return this.inner.shutdown();
  }

  async forceFlush(): Promise<void> {
    return this.inner.forceFlush?.();
  }
}
