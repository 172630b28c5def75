import { BUDGET_WINDOW, BURN_ALERTS, RATE_WINDOWS, secondsOf } from './burn-rate.js';
import type { CountHistory } from './count-history.js';
import type { EventCount } from './event-counter.js';
import { budgetOf, type SloObjective, type Slos } from './objectives.js';

/** Everything that is counted at once. */
export interface SloCounts {
  /** By the name of the objective. */
  readonly events: ReadonlyMap<string, EventCount>;
  readonly costUsd: number;
}

/** One window of an objective. Ratios are null while there were no events: nothing is not the same as all is well. */
export interface WindowView {
  readonly window: string;
  /** Seconds of the window that this process has lived through. */
  readonly covered_seconds: number;
  readonly events: number;
  readonly bad: number;
  readonly bad_ratio: number | null;
  /** Times the rate at which the budget would last exactly its 30 days. */
  readonly burn_rate: number | null;
}

export interface ObjectiveView {
  readonly name: string;
  readonly description: string;
  readonly owner: string;
  readonly target: number;
  /** What the burn-rate alerts would say of this process alone. */
  readonly state: 'ok' | 'burning_slowly' | 'burning_fast' | 'no_events';
  /** 1 is untouched, 0 is used up, less is overspent. */
  readonly error_budget_remaining: number | null;
  readonly windows: readonly WindowView[];
}

export interface CostView {
  readonly budget_usd_per_day: number;
  readonly spent_usd_1h: number;
  readonly spent_usd_1d: number;
  readonly covered_seconds: number;
}

interface Now { readonly at: number; readonly counts: SloCounts }

/** One objective, by the same arithmetic as its recording rules and alerts. */
export function viewOf(objective: SloObjective, { least_bad_events: least }: Slos, history: CountHistory<SloCounts>, now: Now): ObjectiveView {
  const { name, description, owner, target } = objective;
  const windows = [...RATE_WINDOWS, BUDGET_WINDOW].map((window) => windowOf(objective, window, history, now));
  const spent = windows.at(-1)?.bad_ratio ?? null;
  const burning = BURN_ALERTS.find(({ pairs }) => pairs.some(({ short, long, factor }) => {
    const [now, before] = [short, long].map((window) => windows.find((view) => view.window === window));
    return (now?.burn_rate ?? 0) > factor && (before?.burn_rate ?? 0) > factor && (before?.bad ?? 0) >= least;
  }));
  return {
    name, description, owner, target,
    state: spent === null ? 'no_events' : burning === undefined ? 'ok' : burning.severity === 'critical' ? 'burning_fast' : 'burning_slowly',
    error_budget_remaining: spent === null ? null : round(1 - spent / budgetOf(objective)),
    windows,
  };
}

export function costOf({ cost }: Slos, history: CountHistory<SloCounts>, now: Now): CostView {
  const spent = (window: string) => round(now.counts.costUsd - history.before(now.at - secondsOf(window) * 1_000).counts.costUsd);
  const covered = (now.at - history.before(now.at - secondsOf('1d') * 1_000).at) / 1_000;
  return { budget_usd_per_day: cost.usd_per_day, spent_usd_1h: spent('1h'), spent_usd_1d: spent('1d'), covered_seconds: Math.round(covered) };
}

function windowOf(objective: SloObjective, window: string, history: CountHistory<SloCounts>, now: Now): WindowView {
  const past = history.before(now.at - secondsOf(window) * 1_000);
  const [before, after] = [past, now].map(({ counts }) => counts.events.get(objective.name) ?? { bad: 0, all: 0 }) as [EventCount, EventCount];
  const [events, bad] = [after.all - before.all, after.bad - before.bad];
  return {
    window, covered_seconds: Math.round((now.at - past.at) / 1_000), events, bad,
    bad_ratio: events === 0 ? null : round(bad / events),
    burn_rate: events === 0 ? null : round(bad / events / budgetOf(objective)),
  };
}

function round(value: number): number {
  return Number(value.toFixed(6));
}
