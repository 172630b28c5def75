import { INSTRUMENTS } from '../metrics/instruments.js';
import type { SloEvents, SloObjective } from './objectives.js';

type Rate = 'rate' | 'increase';

/** Share of an objective's events that were bad in a window; absent, not NaN, while there were none. */
export function badRatio(objective: SloObjective, window: string): string {
  const all = sum(objective.events, 'rate', window);
  if (objective.bad) return `(\n  ${sum(objective.bad, 'rate', window)}\n)\n/\n(\n  ${all} > 0\n)`;
  return `1 - (\n  ${sumGood(objective, 'rate', window)}\n  /\n  (${all} > 0)\n)`;
}

/** How many of an objective's events were bad in a window. */
export function badEvents(objective: SloObjective, window: string): string {
  if (objective.bad) return sum(objective.bad, 'increase', window);
  return `${sum(objective.events, 'increase', window)}\n-\n${sumGood(objective, 'increase', window)}`;
}

/** US dollars that model calls cost in a window. */
export function cost(window: string): string {
  return `sum by (job) (increase(llm_cost_usd_total[${window}]))`;
}

function sumGood(objective: SloObjective, rate: Rate, window: string): string {
  return objective.events.map((events) => over(`${events.metric}_bucket${matchers(events, objective.at_most_seconds)}`, rate, window)).join(' + ');
}

function sum(events: readonly SloEvents[], rate: Rate, window: string): string {
  return events.map((each) => over(`${each.metric}${INSTRUMENTS[each.metric]?.type === 'histogram' ? '_count' : ''}${matchers(each)}`, rate, window)).join(' + ');
}

function over(selector: string, rate: Rate, window: string): string {
  return `sum by (job) (${rate}(${selector}[${window}]))`;
}

function matchers({ labels }: SloEvents, atMostSeconds?: number): string {
  const all = Object.entries(labels).map(([label, values]) => (values.length === 1 ? `${label}="${values[0]}"` : `${label}=~"${values.join('|')}"`));
  // Prometheus 3 writes whole bounds as 5.0, Prometheus 2 as they come: 5.
  if (atMostSeconds !== undefined) all.push(Number.isInteger(atMostSeconds) ? `le=~"${atMostSeconds}(\\\\.0)?"` : `le="${atMostSeconds}"`);
  return all.length === 0 ? '' : `{${all.join(',')}}`;
}
