import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import type { Dashboard, Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import { agentDashboard } from './agent-dashboard.js';
import { graph, PLAIN, stat, table } from './panels.js';
import { HERE, JOB, line, percentile, perSecond } from './queries.js';

interface Promise30Days {
  readonly slo: string;
  readonly title: string;
  readonly means: string;
  /** Share of good events that config/slo.yaml promises. */
  readonly target: number;
}

const PROMISES: readonly Promise30Days[] = [
  { slo: 'availability', title: 'Availability', means: 'Share of requests that were answered. Errors and refusals for overload are bad; cancelled requests and a client\'s own mistakes do not count.', target: 0.999 },
  { slo: 'latency', title: 'Latency', means: 'Share of successful requests that took at most 5 seconds.', target: 0.95 },
  { slo: 'time_to_first_token', title: 'Time to first token', means: 'Share of model calls whose first text came within 2 seconds.', target: 0.95 },
];

/** Is the service keeping its promises, and if not, since when? */
export function overview(): Dashboard {
  return agentDashboard({
    uid: 'agent-overview', title: 'Agent: overview and SLOs', from: 'now-6h',
    description: 'Is the service keeping its promises? The objectives are those of config/slo.yaml, the numbers those that the alerts use.',
    rows: [
      { title: 'Promises of 30 days', panels: [...PROMISES.map(kept), ...PROMISES.map(budgetLeft)] },
      { title: 'Now', panels: now() },
      { title: 'How fast the budgets burn', panels: PROMISES.map(burnRate) },
      { title: 'What is wrong', panels: [firing(), burnDown()] },
    ],
  });
}

function kept({ slo, title, means, target }: Promise30Days): Builder<Panel> {
  return stat({
    title: `${title}, 30 days`, description: `${means} Red is below the objective of ${target * 100} %.`, width: 4, unit: 'percentunit', whenEmpty: 'no events yet',
    colours: ['red', [target, 'green']], lines: [line(slo, `1 - job:agent_slo_errors:ratio_rate30d{${JOB},slo="${slo}"}`)],
  });
}

function budgetLeft({ slo, title }: Promise30Days): Builder<Panel> {
  return stat({
    title: `${title}: budget left`, description: 'Part of the bad events that the objective allows in 30 days and that is not spent. Below 0 the objective is missed; below 25 % put risky changes off.',
    width: 4, unit: 'percentunit', whenEmpty: 'no events yet', colours: ['red', [0, 'orange'], [0.25, 'green']],
    lines: [line(slo, `job:agent_slo_error_budget_remaining:ratio{${JOB},slo="${slo}"}`)],
  });
}

function now(): Builder<Panel>[] {
  return [
    stat({
      title: 'Requests', width: 4, unit: 'reqps', whenEmpty: 'none', colours: PLAIN, lines: [line('requests', perSecond('agent_requests_total'))],
      description: 'Requests to the agent that ended, a second. Zero while people use it means that nothing arrives.',
    }),
    // The comparison drops NaN, which is what a quantile of nothing is.
    stat({
      title: 'Latency p95', width: 4, unit: 's', whenEmpty: 'idle',
      description: '95 % of the requests that succeeded or failed took at most this long. Above 5 s is slow, above 10 s very slow.',
      colours: ['green', [5, 'orange'], [10, 'red']], lines: [line('p95', `${percentile(0.95, 'agent_request_duration_seconds', `${HERE},status=~"success|error"`)} >= 0`)],
    }),
    stat({
      title: 'Cost of the last day', width: 4, unit: 'currencyUSD', whenEmpty: '$0',
      description: 'US dollars that model calls cost in the last 24 hours, by config/models.yaml. The panel beside it says how much of the budget that is.',
      colours: PLAIN, lines: [line('last day', `job:agent_cost_usd:increase1d{${JOB}}`)],
    }),
    stat({
      title: 'Part of the daily budget', width: 4, unit: 'percentunit', whenEmpty: '0 %',
      description: 'Cost of the last 24 hours as a part of the budget in config/slo.yaml. Above 100 % the budget is spent.',
      colours: ['green', [0.8, 'orange'], [1, 'red']], lines: [line('spent', `job:agent_cost_usd:increase1d{${JOB}} / job:agent_cost_budget_usd:per_day{${JOB}}`)],
    }),
    stat({
      title: 'Open circuit breakers', width: 4, unit: 'none', whenEmpty: '0',
      description: 'Tools and models that are given a rest after too many failures. Any is bad: answers go without it. Which ones: see the dashboard of tools.',
      colours: ['green', [1, 'red']], lines: [line('open', `sum(max by (name) (circuit_breaker_state{${HERE},state="open"}))`)],
    }),
    stat({
      title: 'Instances that answer', width: 4, unit: 'none', whenEmpty: '0',
      description: 'Processes whose last scrape succeeded. Fewer than were started is bad; zero is an outage.',
      colours: ['red', [1, 'green']], lines: [line('up', `sum(up{${HERE}})`)],
    }),
  ];
}

function burnRate({ slo, title }: Promise30Days): Builder<Panel> {
  const burn = (window: string) => line(window, `job:agent_slo_errors:ratio_rate${window}{${JOB},slo="${slo}"} / (1 - job:agent_slo_objective:ratio{${JOB},slo="${slo}"})`);
  return graph({
    title: `${title}: burn rate`, unit: 'none', width: 8,
    description: 'How many times faster than allowed the budget is spent; 1 spends it in exactly 30 days. Above 14.4 over 1 h or 6 over 6 h somebody is paged, above 1 over 3 d there is a ticket.',
    limits: ['green', [1, 'yellow'], [6, 'orange'], [14.4, 'red']], lines: ['1h', '6h', '3d'].map(burn),
  });
}

function firing(): Builder<Panel> {
  return table({
    title: 'Firing alerts', unit: 'none', width: 12,
    description: 'What Prometheus holds to be wrong now; no rows is good. Each alert has a runbook under docs/runbooks. The watchdog, which always fires, is left out.',
    // An alert that looks at several jobs, or at none, has no label job.
    lines: [line('', 'max by (alertname, severity, owner, slo, instance) (ALERTS{alertstate="firing",alertname!="Watchdog",job=~"$job|"})')],
  });
}

function burnDown(): Builder<Panel> {
  return graph({
    title: 'Budgets left', description: 'The three budgets over time. A cliff is an outage; a slope is a fault that nobody has been paged for.', width: 12, unit: 'percentunit', max: 1, mayBeNegative: true,
    limits: ['red', [0, 'green']], lines: [line('{{slo}}', `job:agent_slo_error_budget_remaining:ratio{${JOB}}`)],
  });
}
