import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Clock } from '../kernel/clock.js';
import { MetricReader } from '../kernel/metric-reader.js';
import { CountHistory, type Resolution } from './count-history.js';
import { countCost, countEvents } from './event-counter.js';
import type { Slos } from './objectives.js';
import { costOf, viewOf, type CostView, type ObjectiveView, type SloCounts } from './slo-report.js';

/** As often as the recording rules are evaluated. */
const SAMPLE_MILLISECONDS = 30_000;
const DAY = 86_400_000;
const RESOLUTIONS: readonly Resolution[] = [
  { everyMilliseconds: SAMPLE_MILLISECONDS * 0.9, forMilliseconds: DAY / 4 },
  { everyMilliseconds: 600_000, forMilliseconds: 31 * DAY },
];
const NOTHING: SloCounts = { events: new Map(), costUsd: 0 };

export interface SloReport {
  /** RFC 3339. */
  readonly at: string;
  /** Numbers of this process since it began; Prometheus has those of all processes. */
  readonly scope: 'process';
  readonly objectives: readonly ObjectiveView[];
  readonly cost: CostView;
}

/** The objectives as this process sees them, without Prometheus: its own counters, remembered twice a minute. */
@Injectable()
export class SloService implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly history: CountHistory<SloCounts>;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly slos: Slos, private readonly reader: MetricReader, private readonly clock: Clock) {
    this.history = new CountHistory({ at: clock.monotonic(), counts: NOTHING }, RESOLUTIONS);
  }

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => void this.sample(), SAMPLE_MILLISECONDS).unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  /** Remembers what the counters show now. */
  async sample(): Promise<void> {
    this.history.add(this.clock.monotonic(), await this.count());
  }

  async report(): Promise<SloReport> {
    const now = { at: this.clock.monotonic(), counts: await this.count() };
    return {
      at: this.clock.wall().toISOString(), scope: 'process',
      objectives: this.slos.objectives.map((objective) => viewOf(objective, this.slos, this.history, now)),
      cost: costOf(this.slos, this.history, now),
    };
  }

  private async count(): Promise<SloCounts> {
    const events = await Promise.all(this.slos.objectives.map(async (objective) => [objective.name, await countEvents(objective, this.reader)] as const));
    return { events: new Map(events), costUsd: await countCost(this.reader) };
  }
}
