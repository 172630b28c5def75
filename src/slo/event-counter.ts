import type { MetricReader, MetricSample } from '../kernel/metric-reader.js';
import type { SloEvents, SloObjective } from './objectives.js';

/** Events of an objective since the process began. */
export interface EventCount {
  readonly bad: number;
  readonly all: number;
}

/** Counts an objective's events as its recording rules do, from what this process shows Prometheus. */
export async function countEvents(objective: SloObjective, reader: MetricReader): Promise<EventCount> {
  const total = async (events: readonly SloEvents[], limit?: number) => {
    const counts = await Promise.all(events.map(async (each) => sumOf(await reader.read(each.metric), each, limit)));
    return counts.reduce((sum, count) => sum + count, 0);
  };
  const all = await total(objective.events);
  const bad = objective.bad ? await total(objective.bad) : all - await total(objective.events, objective.at_most_seconds);
  return { bad, all };
}

/** US dollars that model calls have cost since the process began. */
export async function countCost(reader: MetricReader): Promise<number> {
  return (await reader.read('llm_cost_usd_total')).reduce((sum, { value }) => sum + value, 0);
}

function sumOf(samples: readonly MetricSample[], { metric, labels }: SloEvents, limit: number | undefined): number {
  const names = limit === undefined ? [metric, `${metric}_count`] : [`${metric}_bucket`];
  return samples
    .filter(({ name, labels: of }) => names.includes(name) && (limit === undefined || Number(of.le) === limit))
    .filter(({ labels: of }) => Object.entries(labels).every(([label, values]) => values.includes(String(of[label]))))
    .reduce((sum, { value }) => sum + value, 0);
}
