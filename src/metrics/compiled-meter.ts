import type { Meter } from '../kernel/meter.js';
import type { Attributes } from '../kernel/observer.js';
import { instrumentOf } from './instruments.js';
import type { MeterBoard } from './meter-board.js';

/** A meter of the catalogue, checked against the instrument table once, so that recording only reads attributes. */
export class CompiledMeter {
  readonly inFlight: boolean;
  private readonly sources: readonly ((attributes: Attributes) => unknown)[];

  /** @throws Error at boot when the catalogue and the instrument table disagree. */
  constructor(private readonly meter: Meter) {
    const wanted = Object.keys(instrumentOf(meter.metric).labels ?? {});
    const given = Object.keys(meter.labels ?? {});
    if (wanted.toSorted().join() !== given.toSorted().join()) {
      throw new Error(`${meter.metric} has the labels ${wanted.join(', ') || 'none'}, but the catalogue gives ${given.join(', ') || 'none'}`);
    }
    this.inFlight = meter.inFlight ?? false;
    this.sources = wanted.map((label) => sourceOf(meter.labels?.[label] ?? ''));
  }

  /** Adds to a gauge of running work. */
  move(board: MeterBoard, attributes: Attributes, by: 1 | -1): void {
    board.bind(this.meter.metric, this.values(attributes)).add(by);
  }

  /** Records one end of an operation, or one fact. `attributes` hold status, error_type and duration_seconds too. */
  record(board: MeterBoard, attributes: Attributes, outcome: string, traceId?: string): void {
    if (!this.applies(outcome, attributes)) return;
    const value = this.meter.value === undefined ? 1 : attributes[this.meter.value];
    if (typeof value !== 'number' || !Number.isFinite(value)) return;
    board.bind(this.meter.metric, this.values(attributes)).record(value, traceId);
  }

  private applies(outcome: string, attributes: Attributes): boolean {
    const { when } = this.meter;
    if (when === undefined) return true;
    if (when === 'timeout') return attributes.error_type === 'timeout';
    return when === outcome && attributes.status !== 'rejected'; // what was rejected is nobody's error
  }

  private values(attributes: Attributes): unknown[] {
    return this.sources.map((source) => source(attributes));
  }
}

function sourceOf(source: string): (attributes: Attributes) => unknown {
  if (!source.startsWith('=')) return (attributes) => attributes[source];
  const constant = source.slice(1);
  return () => constant;
}
