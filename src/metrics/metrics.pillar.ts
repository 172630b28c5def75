import { Injectable } from '@nestjs/common';
import { isSpanContextValid, trace, TraceFlags } from '@opentelemetry/api';
import { FACTS, type FactName } from '../kernel/facts.js';
import type { Meter } from '../kernel/meter.js';
import type { Attributes, Observation, Pillar, Scope } from '../kernel/observer.js';
import { OPERATIONS, type OperationName } from '../kernel/operations.js';
import { ServiceSettings } from '../settings/settings.js';
import { CompiledMeter } from './compiled-meter.js';
import { MeterBoard } from './meter-board.js';

/** Meters what the catalogue says. A new operation or fact needs no code here. */
@Injectable()
export class MetricsPillar implements Pillar {
  private readonly operations = compile(OPERATIONS);
  private readonly facts = compile(FACTS);

  constructor(private readonly board: MeterBoard, service: ServiceSettings) {
    board.zero({});
    board.bind('app_info', [service.name, service.version, service.environment, process.version]).record(1);
  }

  begin({ operation, attributes }: Observation): Scope {
    const meters = this.operations[operation];
    for (const meter of meters) if (meter.inFlight) meter.move(this.board, attributes, 1);
    return { end: (observation) => this.ended(meters, observation) };
  }

  note(fact: FactName, detail: Attributes): void {
    for (const meter of this.facts[fact]) meter.record(this.board, detail, 'ok');
    const { zeroes } = FACTS[fact];
    if (zeroes) this.board.zero(Object.fromEntries(Object.entries(zeroes).map(([label, attribute]) => [label, list(detail[attribute])])));
  }

  /** For the sources that can not go through the observer: log lines and what is exported. A gauge is set, a counter grows. */
  count(metric: 'log_lines_total' | 'log_lines_dropped_total' | 'otel_spans_exported_total' | 'otel_log_records_exported_total' | 'otel_exporter_up', label?: string, by = 1): void {
    this.board.bind(metric, label === undefined ? [] : [label]).record(by);
  }

  private ended(meters: readonly CompiledMeter[], { attributes, outcome, status, errorType, durationSeconds }: Observation): void {
    const known = { ...attributes, status, error_type: errorType, duration_seconds: durationSeconds };
    const traceId = sampledTraceId();
    for (const meter of meters) {
      if (meter.inFlight) meter.move(this.board, attributes, -1);
      else meter.record(this.board, known, outcome, traceId);
    }
  }
}

type Metered = { readonly meters?: readonly Meter[] };

function compile<K extends OperationName | FactName>(table: { readonly [N in K]: Metered }): Readonly<Record<K, readonly CompiledMeter[]>> {
  const entries = Object.entries<Metered>(table).map(([name, { meters = [] }]) => [name, meters.map((meter) => new CompiledMeter(meter))]);
  return Object.fromEntries(entries) as Record<K, readonly CompiledMeter[]>;
}

function list(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [String(value)];
}

function sampledTraceId(): string | undefined {
  const span = trace.getActiveSpan()?.spanContext();
  return span && isSpanContextValid(span) && (span.traceFlags & TraceFlags.SAMPLED) !== 0 ? span.traceId : undefined;
}
