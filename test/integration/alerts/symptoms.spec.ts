import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parse, stringify } from 'yaml';
import { SYMPTOM_RULES } from '../../../src/slo/generated-files.js';
import { alertsOf, type AlertRule, type RuleFile } from '../../../src/slo/rules.js';
import { promtool, withoutPromtool } from '../../support/promtool.js';
import { SYMPTOM_CASES, type SymptomCase } from './symptom-cases.js';

const RULES = ['config/prometheus/rules/slo.rules.yml', SYMPTOM_RULES];
const GROUPS = RULES.flatMap((path) => (parse(readFileSync(path, 'utf8')) as RuleFile).groups.map(({ name }) => name));
const ALERTS = alertsOf(parse(readFileSync(SYMPTOM_RULES, 'utf8')) as RuleFile);
const ALWAYS = 'Watchdog';

function ruleOf(name: string): AlertRule {
  const rule = ALERTS.find(({ alert }) => alert === name);
  if (!rule) throw new Error(`There is no alert ${name}`);
  return rule;
}

function seriesOf(series: SymptomCase['firing']): object[] {
  return Object.entries(series).map(([name, values]) => {
    const [metric = '', rest = ''] = name.split('{');
    const own = rest.replace('}', '');
    return { series: `${metric}{job="agent"${own.includes('instance=') ? '' : ',instance="a"'}${own === '' ? '' : `,${own}`}}`, values };
  });
}

/** What Prometheus makes of a template, as far as ours go. */
function filled(template: string, { labels, value }: Pick<SymptomCase, 'labels' | 'value'>): string {
  return template
    .replace(/\{\{ or \$labels\.(\w+) "(\w+)" \}\}/g, (_all, label: string, otherwise: string) => labels[label] ?? otherwise)
    .replace(/\{\{ \$labels\.(\w+) \}\}/g, (_all, label: string) => labels[label] ?? '')
    .replace(/\{\{ \$value[^}]*\}\}/g, value);
}

function expected(rule: AlertRule, symptom: Pick<SymptomCase, 'labels' | 'value'>): object {
  const annotations = Object.entries(rule.annotations).map(([name, text]) => [name, filled(text, symptom)]);
  return { exp_labels: { ...rule.labels, ...symptom.labels }, exp_annotations: Object.fromEntries(annotations) as object };
}

function test(alert: string, series: SymptomCase['firing'], minute: number, alerts: readonly object[]): object {
  return { interval: '1m', input_series: seriesOf(series), alert_rule_test: [{ eval_time: `${minute}m`, alertname: alert, exp_alerts: alerts }] };
}

function check(tests: readonly object[]): void {
  const path = join(mkdtempSync(join(tmpdir(), 'rules-')), 'test.yml');
  writeFileSync(path, stringify({ rule_files: RULES.map((file) => resolve(file)), evaluation_interval: '30s', group_eval_order: GROUPS, tests }));
  const { code, output } = promtool(['test', 'rules', path]);
  expect({ code, output: code === 0 ? '' : output }).toEqual({ code: 0, output: '' });
}

it('every alert that is written by hand has its case', () => {
  expect(SYMPTOM_CASES.map(({ alert }) => alert).sort()).toEqual(ALERTS.map(({ alert }) => alert).filter((name) => name !== ALWAYS).sort());
});

(withoutPromtool() ? describe.skip : describe)('promtool', () => {
  it.each(SYMPTOM_CASES)('$alert fires, and is told in exactly these words', ({ alert, firing, at, ...told }) => {
    check([test(alert, firing, at, [expected(ruleOf(alert), told)])]);
  });

  it.each(SYMPTOM_CASES)('$alert is silent when $silentWhen', ({ alert, silent, at }) => check([test(alert, silent, at, [])]));

  it('ServiceDown fires when Prometheus knows of no process at all', () => {
    check([test('ServiceDown', {}, 5, [expected(ruleOf('ServiceDown'), { labels: { job: 'agent' }, value: '1' })])]);
  });

  it('TelemetryExportFailing fires when the queue is too full for all spans', () => {
    const symptom = { labels: { job: 'agent', instance: 'a' }, value: '150' };
    check([test('TelemetryExportFailing', { 'otel_exporter_up{signal="traces"}': '1x60', 'otel_spans_exported_total{result="dropped"}': '0+10x60' }, 30, [expected(ruleOf('TelemetryExportFailing'), symptom)])]);
  });

  it('the Watchdog fires always', () => {
    check([test(ALWAYS, {}, 1, [expected(ruleOf(ALWAYS), { labels: {}, value: '1' })])]);
  });
});
