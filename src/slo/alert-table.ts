import type { SloObjective, Slos } from './objectives.js';
import { alertsOf, type AlertRule, type RuleFile } from './rules.js';

/** docs/alerts.md: what is promised, and every alert with its runbook. */
export function alertTable(slos: Slos, files: readonly RuleFile[]): string {
  return `# Objectives and alerts

Written by \`npx task-agent slo generate\` from \`config/slo.yaml\` and \`config/prometheus/rules\`; do not edit.

## What is promised

| Objective | Target in 30 days | What counts | Owner |
|---|---|---|---|
${slos.objectives.map(objectiveRow).join('\n')}
| cost | ${slos.cost.usd_per_day} US dollars a day | ${slos.cost.description} | ${slos.cost.owner} |

## Alerts

\`critical\` wakes somebody, \`warning\` is a ticket, \`info\` is shown only. Each has a runbook, which the agent serves under \`/runbooks\`, too.

| Alert | Severity | Objective | Told as | After |
|---|---|---|---|---|
${files.flatMap(alertsOf).map(alertRow).join('\n')}
`;
}

function objectiveRow({ name, target, description, owner }: SloObjective): string {
  return `| ${name} | ${target} % | ${description} | ${owner} |`;
}

function alertRow({ alert, labels, annotations, for: duration }: AlertRule): string {
  const words = annotations.summary.replace(/ \(\{\{ \$labels\.job \}\}\)/, '').replace(/\{\{ or \$labels\.(\w+).*?\}\}/g, '‹$1›').replace(/\{\{ \$labels\.(\w+) \}\}/g, '‹$1›');
  return `| [${alert}](runbooks/${alert}.md) | ${labels.severity} | ${labels.slo ?? ''} | ${words} | ${duration ?? 'at once'} |`;
}
