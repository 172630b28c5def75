/** Two windows that must both burn: the long one shows that it matters, the short one that it still goes on. */
export interface WindowPair {
  readonly short: string;
  readonly long: string;
  /** Times the rate at which the budget would last exactly its 30 days. */
  readonly factor: number;
}

export interface BurnAlert {
  readonly alert: string;
  readonly severity: 'critical' | 'warning';
  readonly speed: string;
  readonly pairs: readonly WindowPair[];
}

/**
 * Site Reliability Workbook, chapter 5, "Multiwindow, Multi-Burn-Rate Alerts", for a budget of 30 days. Spent when the long window
 * fires: 2 % in 1 h, 5 % in 6 h (somebody is woken), 10 % in 1 d, 10 % in 3 d (a ticket).
 */
export const BURN_ALERTS: readonly BurnAlert[] = [
  { alert: 'ErrorBudgetBurnRateFast', severity: 'critical', speed: 'fast', pairs: [{ short: '5m', long: '1h', factor: 14.4 }, { short: '30m', long: '6h', factor: 6 }] },
  { alert: 'ErrorBudgetBurnRateSlow', severity: 'warning', speed: 'slowly', pairs: [{ short: '2h', long: '1d', factor: 3 }, { short: '6h', long: '3d', factor: 1 }] },
];

/** Every window of those, the shortest first. */
export const RATE_WINDOWS = ['5m', '30m', '1h', '2h', '6h', '1d', '3d'] as const;
/** The windows over which bad events are counted: the long ones. */
export const COUNT_WINDOWS = ['1h', '6h', '1d', '3d'] as const;
export const BUDGET_WINDOW = '30d';

const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 };

/** Seconds of `5m`, `1h`, `30d`. @throws Error for anything else */
export function secondsOf(window: string): number {
  const [, count, unit = ''] = /^(\d+)([smhd])$/.exec(window) ?? [];
  const seconds = Number(count) * (SECONDS[unit] ?? NaN);
  if (Number.isNaN(seconds)) throw new Error(`${window} is no time window`);
  return seconds;
}
