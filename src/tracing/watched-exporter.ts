import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace';
import type { SignalExport } from './signal-export.js';

type ResultCallback = Parameters<SpanExporter['export']>[1];

/** What exporters of all signals have in common. */
export interface BatchExporter<Item> {
  export(items: Item[], done: ResultCallback): void;
  shutdown(): Promise<void>;
  forceFlush?(): Promise<void>;
}

/** Counts what the inner exporter delivers and what it fails to. */
export class WatchedExporter<Item = ReadableSpan> implements BatchExporter<Item> {
  constructor(private readonly inner: BatchExporter<Item>, private readonly signal: SignalExport) {}

  export(items: Item[], done: ResultCallback): void {
    this.signal.leaving(items.length);
    this.inner.export(items, (result) => {
      // 0 is ExportResultCode.SUCCESS of @opentelemetry/core.
      const delivered = Number(result.code) === 0;
      this.signal.exported(delivered ? 'ok' : 'failed', items.length);
      if (!delivered) this.signal.problem(result.error?.message ?? 'the collector did not take what it was sent');
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
