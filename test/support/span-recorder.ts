import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider, type ReadableSpan } from '@opentelemetry/sdk-trace';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { propagation } from '@opentelemetry/api';

/** Keeps every span of this test file in memory. */
export class SpanRecorder {
  private readonly exporter = new InMemorySpanExporter();

  /** Makes this the tracer of the process; call once, before the application starts. */
  install(): this {
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    propagation.setGlobalPropagator(new W3CTraceContextPropagator());
    trace.setGlobalTracerProvider(new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter: this.exporter })] }));
    return this;
  }

  get spans(): readonly ReadableSpan[] {
    return this.exporter.getFinishedSpans();
  }

  /** @throws Error when there is no such span. */
  named(name: string): ReadableSpan {
    const found = this.spans.find((span) => span.name === name);
    if (!found) throw new Error(`No span ${name}; there are: ${this.spans.map((span) => span.name).join(', ')}`);
    return found;
  }

  childrenOf(parent: ReadableSpan): readonly ReadableSpan[] {
    return this.spans.filter((span) => span.parentSpanContext?.spanId === parent.spanContext().spanId);
  }

  clear(): void {
    this.exporter.reset();
  }
}
