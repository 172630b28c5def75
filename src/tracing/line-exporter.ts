import type { HrTime } from '@opentelemetry/api';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace';

const KIND_NAMES = ['internal', 'server', 'client', 'producer', 'consumer'];
const STATUS_NAMES = ['unset', 'ok', 'error'];

/** `TRACE_CONSOLE`: each span as one line of JSON on stderr, so that stdout stays the conversation or the log. */
export class LineExporter implements SpanExporter {
  export(spans: ReadableSpan[], done: Parameters<SpanExporter['export']>[1]): void {
    for (const span of spans) process.stderr.write(`${JSON.stringify(describeSpan(span))}\n`);
    done({ code: 0 });
  }

  /** Resolves when what was written has left the process: one that ends by `process.exit` loses what the system would not take at once. */
  async shutdown(): Promise<void> {
    await new Promise<void>((resolve) => process.stderr.write('', () => resolve()));
  }
}

export function describeSpan(span: ReadableSpan): object {
  const { traceId, spanId } = span.spanContext();
  return {
    span: span.name,
    trace_id: traceId,
    span_id: spanId,
    parent_span_id: span.parentSpanContext?.spanId,
    kind: KIND_NAMES[span.kind],
    start: new Date(milliseconds(span.startTime)).toISOString(),
    duration_ms: Math.round(milliseconds(span.duration) * 1e3) / 1e3,
    status: STATUS_NAMES[span.status.code],
    attributes: span.attributes,
    events: span.events.map((event) => event.name),
  };
}

function milliseconds([seconds, nanoseconds]: HrTime): number {
  return seconds * 1e3 + nanoseconds / 1e6;
}
