import { INSTRUMENTS } from '../metrics/instruments.js';
import type { SloEvents, SloObjective } from './objectives.js';

/** A series in promtool's notation. */
export interface TestSeries {
  readonly series: string;
  readonly values: string;
}

/** Events of each interval, and how many intervals. */
interface Traffic { readonly good: number; readonly bad: number; readonly minutes: number }

/** The series that a process would show with so many good and bad events of an objective in each interval. */
export function seriesOf(objective: SloObjective, { good, bad, minutes }: Traffic): readonly TestSeries[] {
  const grow = (series: string, step: number) => ({ series, values: `0+${Number(step.toFixed(6))}x${minutes}` });
  if (objective.bad === undefined) {
    return objective.events.flatMap((events) => expand(events)).flatMap(({ metric, labels }) => [
      grow(`${metric}_count{${labels}}`, good + bad),
      grow(`${metric}_bucket{${labels},le="${objective.at_most_seconds}"}`, good),
    ]);
  }
  const failing = objective.bad.flatMap(expand).map(nameOf);
  const succeeding = objective.events.flatMap(expand).map(nameOf).filter((series) => !failing.includes(series));
  return [...succeeding.map((series, index) => grow(series, index === 0 ? good : 0)), ...failing.map((series, index) => grow(series, index === 0 ? bad : 0))];
}

interface Series { readonly metric: string; readonly labels: string }

function expand({ metric, labels }: SloEvents): Series[] {
  const combinations = Object.entries(labels).reduce<string[]>(
    (before, [label, values]) => before.flatMap((prefix) => values.map((value) => `${prefix},${label}="${value}"`)),
    ['job="agent",instance="a"'],
  );
  return combinations.map((each) => ({ metric, labels: each }));
}

function nameOf({ metric, labels }: Series): string {
  return `${metric}${INSTRUMENTS[metric]?.type === 'histogram' ? '_count' : ''}{${labels}}`;
}
