import { Injectable } from '@nestjs/common';
import { context, isSpanContextValid, SpanKind, SpanStatusCode, trace, type Span } from '@opentelemetry/api';
import { TraceService } from 'nestjs-otel';
import { FACTS, type FactName } from '../kernel/facts.js';
import type { Attributes, Observation, Pillar, Scope } from '../kernel/observer.js';
import { OPERATIONS, type OperationName } from '../kernel/operations.js';
import type { Shape } from '../kernel/shape.js';
import { TracingSettings } from '../settings/settings.js';
import { spanAttributes } from './attributes.js';
import { callerLinks } from './trace-carrier.js';
import type { ExportListener, ExportProblemListener } from './signal-export.js';
import { TraceExport } from './trace-export.js';

const KINDS = { internal: SpanKind.INTERNAL, client: SpanKind.CLIENT, server: SpanKind.SERVER } as const;

/** While nobody collects spans, none is begun. */
const UNSEEN: Scope = { end: () => undefined };

/** Opens one span per operation and keeps it active while the work runs. */
@Injectable()
export class TracingPillar implements Pillar {
  constructor(
    private readonly traces: TraceService,
    private readonly settings: TracingSettings,
    private readonly exporter: TraceExport,
  ) {}

  begin(observation: Observation): Scope {
    if (!this.exporter.active) return UNSEEN;
    const { operation, attributes } = observation;
    const shape: Shape = OPERATIONS[operation];
    const span = this.traces.getTracer().startSpan(this.name(shape, attributes), {
      kind: KINDS[shape.span.kind],
      attributes: this.attributes(operation, shape, attributes),
      links: callerLinks(),
    });
    const { traceId } = span.spanContext();
    if (isSpanContextValid(span.spanContext())) observation.traceId = traceId;
    if (shape.spanEvents?.begin) span.addEvent(shape.spanEvents.begin);
    return {
      within: (work) => context.with(trace.setSpan(context.active(), span), work),
      end: (ended) => this.end(span, shape, ended),
    };
  }

  note(fact: FactName, detail: Attributes): void {
    const { spanEvent } = FACTS[fact];
    if (spanEvent) trace.getActiveSpan()?.addEvent(spanEvent, spanAttributes('agent.loop', detail, [], false));
  }

  /** Tells of every batch of spans that was exported, refused by the collector, or dropped because the queue was full. */
  onExport(listener: ExportListener): void {
    this.exporter.listen(listener);
  }

  /** Whether spans go to a collector. */
  get exports(): boolean {
    return this.exporter.state.configured;
  }

  /** Tells in words what went wrong with an export. */
  onExportProblem(listener: ExportProblemListener): void {
    this.exporter.onProblem(listener);
  }

  private end(span: Span, shape: Shape, observation: Observation): void {
    const { operation, attributes, outcome, errorType, errorMessage, status } = observation;
    if (span.isRecording()) {
      span.setAttributes({ ...this.attributes(operation, shape, attributes), status });
      if (errorType) span.setAttributes({ 'error.type': errorType, error_type: errorType });
      const event = shape.spanEvents?.[outcome];
      if (event) span.addEvent(event, errorType && { 'error.type': errorType });
      // Success stays UNSET, as the conventions ask; a cancelled run is nobody's error.
      if (outcome === 'error' && status !== 'rejected') span.setStatus({ code: SpanStatusCode.ERROR, ...(errorMessage && { message: errorMessage }) });
    }
    span.end();
  }

  private attributes(operation: OperationName, shape: Shape, attributes: Attributes) {
    return spanAttributes(operation, attributes, shape.content ?? [], this.settings.captureContent);
  }

  private name(shape: Shape, attributes: Attributes): string {
    const template = shape.span[this.settings.spanNames];
    return template.includes('{') ? template.replace(/\{(\w+)\}/g, (_match, name: string) => wordOf(attributes[name])) : template;
  }
}

function wordOf(value: unknown): string {
  return typeof value === 'string' ? value : 'unknown';
}
