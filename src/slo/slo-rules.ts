import { BUDGET_WINDOW, BURN_ALERTS, COUNT_WINDOWS, RATE_WINDOWS, type BurnAlert } from './burn-rate.js';
import { costAlert, costRecordings } from './cost-rules.js';
import { badEvents, badRatio } from './expressions.js';
import { budgetOf, type SloEvents, type SloObjective, type Slos } from './objectives.js';
import type { AlertRule, RecordingRule, RuleFile } from './rules.js';

/** Recording rules and burn-rate alerts of all objectives. Ratios come before what is computed from them. */
export function sloRules(slos: Slos): RuleFile {
  return {
    groups: [
      { name: 'agent-slo-sli', interval: '30s', rules: [...slos.objectives.flatMap(indicators), ...costRecordings(slos)] },
      { name: 'agent-slo-budget', interval: '5m', rules: slos.objectives.flatMap(budget) },
      { name: 'agent-slo-alerts', interval: '30s', rules: [...slos.objectives.flatMap((objective) => BURN_ALERTS.map((burn) => burnAlert(slos, objective, burn))), costAlert(slos)] },
    ],
  };
}

function indicators(objective: SloObjective): RecordingRule[] {
  const labels = { slo: objective.name };
  return [
    ...RATE_WINDOWS.map((window) => ({ record: `job:agent_slo_errors:ratio_rate${window}`, labels, expr: badRatio(objective, window) })),
    ...COUNT_WINDOWS.map((window) => ({ record: `job:agent_slo_bad_events:increase${window}`, labels, expr: badEvents(objective, window) })),
  ];
}

function budget(objective: SloObjective): RecordingRule[] {
  const labels = { slo: objective.name };
  const spent = `job:agent_slo_errors:ratio_rate${BUDGET_WINDOW}`;
  const [events] = objective.events as [SloEvents];
  return [
    { record: 'job:agent_slo_objective:ratio', labels, expr: `group by (job) (${events.metric}_count) * ${objective.target / 100}` },
    { record: spent, labels, expr: badRatio(objective, BUDGET_WINDOW) },
    { record: 'job:agent_slo_error_budget_remaining:ratio', labels, expr: `1 - ${spent}{slo="${objective.name}"} / ${budgetOf(objective)}` },
    { record: 'job:agent_slo_burn_rate:ratio1h', labels, expr: `job:agent_slo_errors:ratio_rate1h{slo="${objective.name}"} / ${budgetOf(objective)}` },
  ];
}

function burnAlert(slos: Slos, objective: SloObjective, { alert, severity, speed, pairs }: BurnAlert): AlertRule {
  const slo = `{slo="${objective.name}"}`;
  const expr = pairs.map(({ short, long, factor }) => [
    `(\n  job:agent_slo_errors:ratio_rate${short}${slo} > ${factor} * ${budgetOf(objective)}`,
    `and\n  job:agent_slo_errors:ratio_rate${long}${slo} > ${factor} * ${budgetOf(objective)}`,
    `and\n  job:agent_slo_bad_events:increase${long}${slo} >= ${slos.least_bad_events}\n)`,
  ].join('\n  ')).join('\nor\n');
  return {
    alert, expr,
    labels: { severity, slo: objective.name, owner: objective.owner },
    annotations: {
      summary: `The error budget of ${objective.name} burns ${speed} ({{ $labels.job }})`,
      description: `{{ $value | humanizePercentage }} of the events are bad, of which ${percent(budgetOf(objective))} are allowed. ${objective.description}`,
      runbook_url: `${slos.links.runbooks}/${alert}`,
      dashboard_url: `${slos.links.dashboards}/agent-overview?var-job={{ $labels.job }}`,
    },
  };
}

function percent(share: number): string {
  return `${Number((share * 100).toFixed(6))}%`;
}
