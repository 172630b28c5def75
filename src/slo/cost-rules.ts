import { cost } from './expressions.js';
import type { Slos } from './objectives.js';
import type { AlertRule, RecordingRule } from './rules.js';

/** Part of a day's budget that an hour may cost before somebody is told: five hours at that rate would spend it. */
const HOURLY_SHARE = 0.2;

export function costRecordings({ cost: { usd_per_day: limit } }: Slos): RecordingRule[] {
  return [
    { record: 'job:agent_cost_usd:increase1h', expr: cost('1h') },
    { record: 'job:agent_cost_usd:increase1d', expr: cost('1d') },
    { record: 'job:agent_cost_budget_usd:per_day', expr: `group by (job) (llm_cost_usd_total) * ${limit}` },
  ];
}

/** Two ways to spend too much: far too fast right now, or a whole day's budget in a day that goes on spending. */
export function costAlert({ cost: { owner, usd_per_day: limit }, links }: Slos): AlertRule {
  const hourly = Number((limit * HOURLY_SHARE).toFixed(6));
  return {
    alert: 'BudgetBurn',
    expr: [
      `(\n  job:agent_cost_usd:increase1h > ${hourly}\n  and\n  ${cost('5m')} * 12 > ${hourly}\n)`,
      `(\n  job:agent_cost_usd:increase1d > ${limit}\n  and\n  job:agent_cost_usd:increase1h > 0\n)`,
    ].join('\nor\n'),
    labels: { severity: 'warning', slo: 'cost', owner },
    annotations: {
      summary: 'Model calls cost too much ({{ $labels.job }})',
      description: `{{ $value | humanize }} US dollars were spent: more than ${hourly} in the last hour, or more than ${limit} in the last day. The budget is ${limit} a day.`,
      runbook_url: `${links.runbooks}/BudgetBurn`,
      dashboard_url: `${links.dashboards}/agent-llm?var-job={{ $labels.job }}`,
    },
  };
}
