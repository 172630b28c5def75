import { BURN_ALERTS } from './burn-rate.js';
import { budgetOf, type SloObjective, type Slos } from './objectives.js';
import { alertsOf, type AlertRule, type RuleFile } from './rules.js';
import { seriesOf, type TestSeries } from './test-series.js';

interface ExpectedAlert { readonly exp_labels: Readonly<Record<string, string>>; readonly exp_annotations: Readonly<Record<string, string>> }
interface RuleTest {
  readonly name: string;
  readonly interval: string;
  readonly input_series: readonly TestSeries[];
  readonly promql_expr_test?: readonly { readonly expr: string; readonly eval_time: string; readonly exp_samples: readonly { readonly labels?: string; readonly value: number }[] }[];
  readonly alert_rule_test?: readonly { readonly eval_time: string; readonly alertname: string; readonly exp_alerts: readonly ExpectedAlert[] }[];
}

/** A file for `promtool test rules`. */
export interface RuleTestFile {
  readonly rule_files: readonly string[];
  readonly evaluation_interval: string;
  readonly group_eval_order: readonly string[];
  readonly tests: readonly RuleTest[];
}

const [FAST, SLOW] = BURN_ALERTS.map(({ alert }) => alert) as [string, string];
const RULES = ['../rules/slo.rules.yml'];

/** What must fire and what must be silent within hours. */
export function shortTests(slos: Slos, rules: RuleFile): RuleTestFile {
  return fileOf(rules, '1m', slos.objectives.flatMap((objective) => [healthy(objective), idle(objective), quietNight(objective), outage(objective, rules)]).concat(expensive(slos, rules)));
}

/** What takes days: evaluated hourly, because every half minute of a month takes promtool ten minutes. */
export function longTests(slos: Slos, rules: RuleFile): RuleTestFile {
  return fileOf(rules, '1h', [...slos.objectives.map((objective) => slowBurn(objective, rules)), ...slos.objectives.slice(0, 1).map(halfSpent), cheap(slos)]);
}

function fileOf(rules: RuleFile, interval: string, tests: readonly RuleTest[]): RuleTestFile {
  return { rule_files: RULES, evaluation_interval: interval, group_eval_order: rules.groups.map(({ name }) => name), tests };
}

function healthy(objective: SloObjective): RuleTest {
  return {
    name: `${objective.name}: all is well, so the ratio is 0, not absent, and nothing fires`, interval: '1m',
    input_series: seriesOf(objective, { good: 60, bad: 0, minutes: 90 }),
    promql_expr_test: [{ expr: `job:agent_slo_errors:ratio_rate1h{slo="${objective.name}"}`, eval_time: '80m', exp_samples: [{ labels: `job:agent_slo_errors:ratio_rate1h{job="agent", slo="${objective.name}"}`, value: 0 }] }],
    alert_rule_test: silent('80m', FAST, SLOW),
  };
}

function idle(objective: SloObjective): RuleTest {
  return {
    name: `${objective.name}: nothing happens, so there is no ratio (NaN would poison averages)`, interval: '1m',
    input_series: seriesOf(objective, { good: 0, bad: 0, minutes: 40 }),
    promql_expr_test: [{ expr: `job:agent_slo_errors:ratio_rate5m{slo="${objective.name}"}`, eval_time: '30m', exp_samples: [] }],
    alert_rule_test: silent('30m', FAST, SLOW),
  };
}

function quietNight(objective: SloObjective): RuleTest {
  return {
    name: `${objective.name}: one bad event in a quiet night wakes nobody`, interval: '10m',
    input_series: seriesOf(objective, { good: 0, bad: 0, minutes: 12 }).map((series) => ({ ...series, values: series.values.replace(/^0\+0x\d+/, '0x6 1x6') })),
    alert_rule_test: silent('70m', FAST, SLOW),
  };
}

function outage(objective: SloObjective, rules: RuleFile): RuleTest {
  return {
    name: `${objective.name}: everything is bad, so somebody is woken`, interval: '1m',
    input_series: seriesOf(objective, { good: 0, bad: 60, minutes: 60 }),
    alert_rule_test: [fires('10m', alertOf(rules, FAST, objective.name), '100%')],
  };
}

function slowBurn(objective: SloObjective, rules: RuleFile): RuleTest {
  const share = 4 * budgetOf(objective);
  return {
    name: `${objective.name}: four times the budget for two days is a ticket and no page`, interval: '1h',
    input_series: seriesOf(objective, { good: (1 - share) * 60_000, bad: share * 60_000, minutes: 60 }),
    alert_rule_test: [fires('2d', alertOf(rules, SLOW, objective.name), `${Number((share * 100).toPrecision(4))}%`), ...silent('2d', FAST)],
  };
}

function halfSpent(objective: SloObjective): RuleTest {
  const share = budgetOf(objective) / 2;
  return {
    name: `${objective.name}: half of what is allowed leaves half of the budget`, interval: '1h',
    input_series: seriesOf(objective, { good: (1 - share) * 60_000, bad: share * 60_000, minutes: 31 * 24 }),
    promql_expr_test: [{
      expr: `round(job:agent_slo_error_budget_remaining:ratio{slo="${objective.name}"} * 1000)`, eval_time: '31d',
      exp_samples: [{ labels: `{job="agent", slo="${objective.name}"}`, value: 500 }],
    }],
  };
}

function expensive({ cost }: Slos, rules: RuleFile): RuleTest {
  return {
    name: 'cost: a whole day\'s budget an hour', interval: '1m',
    input_series: [{ series: 'llm_cost_usd_total{job="agent",instance="a",model="m"}', values: `0+${cost.usd_per_day / 60}x120` }],
    alert_rule_test: [fires('90m', alertOf(rules, 'BudgetBurn', 'cost'), String(cost.usd_per_day))],
  };
}

function cheap({ cost }: Slos): RuleTest {
  return {
    name: 'cost: half of the budget a day', interval: '1h',
    input_series: [{ series: 'llm_cost_usd_total{job="agent",instance="a",model="m"}', values: `0+${cost.usd_per_day / 24 / 2}x60` }],
    alert_rule_test: silent('2d', 'BudgetBurn'),
  };
}

function silent(time: string, ...alerts: readonly string[]): { eval_time: string; alertname: string; exp_alerts: [] }[] {
  return alerts.map((alertname) => ({ eval_time: time, alertname, exp_alerts: [] }));
}

function alertOf(rules: RuleFile, name: string, slo: string): AlertRule {
  const found = alertsOf(rules).find(({ alert, labels }) => alert === name && labels.slo === slo);
  if (!found) throw new Error(`There is no alert ${name} for ${slo}`);
  return found;
}

/** The alert as it must come out of its templates, word for word. */
function fires(time: string, rule: AlertRule, value: string): { eval_time: string; alertname: string; exp_alerts: ExpectedAlert[] } {
  const filled = Object.entries(rule.annotations).map(([name, text]) => [name, text.replaceAll('{{ $labels.job }}', 'agent').replace(/\{\{ \$value[^}]*\}\}/g, value)]);
  return { eval_time: time, alertname: rule.alert, exp_alerts: [{ exp_labels: { job: 'agent', ...rule.labels }, exp_annotations: Object.fromEntries(filled) as Record<string, string> }] };
}
