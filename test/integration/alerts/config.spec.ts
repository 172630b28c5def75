import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parse } from 'yaml';
import { generatedFiles, SYMPTOM_RULES } from '../../../src/slo/generated-files.js';
import { readSlos } from '../../../src/slo/objectives.js';
import { alertsOf, type RuleFile } from '../../../src/slo/rules.js';
import { sloRules } from '../../../src/slo/slo-rules.js';
import type { DebianProgram } from '../../support/debian/program.js';
import { AMTOOL, promtool, PROMTOOL, run, withoutPromtool } from '../../support/promtool.js';

const CONFIG = 'config/prometheus/prometheus.yml';
const ALERTMANAGER = 'config/alertmanager/alertmanager.yml';
/** Debian's next releases, for Prometheus 3. */
const NEWER: readonly DebianProgram[] = ['forky', 'sid'].map((suite) => ({ package: 'promtool', program: 'promtool', suite }));
const GENERATED_TESTS = [...generatedFiles().keys()].filter((path) => path.endsWith('.test.yml'));
const slos = readSlos('config/slo.yaml');
const ALERTS = [...alertsOf(sloRules(slos)), ...alertsOf(parse(readFileSync(SYMPTOM_RULES, 'utf8')) as RuleFile)];

/** A promtool of Prometheus 3, or undefined, aloud, when this machine can not have one: it is the second opinion. */
function newerPromtool(): DebianProgram | undefined {
  const found = process.getuid?.() === 0 ? NEWER.find(isVersion3) : undefined;
  if (!found) process.stderr.write('The checks with Prometheus 3 are SKIPPED: its package is not to be had here.\n');
  return found;
}

function isVersion3(program: DebianProgram): boolean {
  try {
    return run(program, ['--version']).output.includes('version 3.');
  } catch {
    return false;
  }
}

(withoutPromtool(AMTOOL) ? describe.skip : describe)('what is committed', () => {
  it('promtool takes the configuration and every rule', () => {
    expect(promtool(['check', 'config', CONFIG])).toMatchObject({ code: 0 });
  });

  it.each(GENERATED_TESTS)('%s passes', (path) => {
    const { code, output } = promtool(['test', 'rules', path]);
    expect({ code, output }).toEqual({ code: 0, output: expect.stringContaining('SUCCESS') });
  }, 120_000);

  it('promtool refuses the seed\'s configuration: it would not have started', () => {
    const path = join(mkdtempSync(join(tmpdir(), 'seed-')), 'prometheus.yml');
    const ours = readFileSync(CONFIG, 'utf8').replace('rules/*.rules.yml', resolve('config/prometheus/rules/*.yml'));
    writeFileSync(path, ours);
    expect(promtool(['check', 'config', path]).code).toBe(0);
    writeFileSync(path, ours.replace('storage:\n', 'storage:\n  tsdb:\n    path: /prometheus\n    retention: 15d\n'));
    expect(promtool(['check', 'config', path])).toMatchObject({ code: 1, output: expect.stringContaining('field path not found') });
  });

  it('amtool takes the Alertmanager\'s', () => {
    expect(run(AMTOOL, ['check-config', ALERTMANAGER])).toMatchObject({ code: 0 });
  });

  it.each([
    ['page', 'severity=critical'], ['page', 'severity=critical slo=availability alertname=ErrorBudgetBurnRateFast'],
    ['ticket', 'severity=warning slo=latency'], ['ticket', 'severity=warning slo=time_to_first_token'],
    ['finance', 'severity=warning slo=cost alertname=BudgetBurn'], ['finance', 'severity=info alertname=HighTokenUsage'],
    ['deadman', 'severity=none alertname=Watchdog'], ['console', 'severity=warning alertname=CircuitBreakerOpen'], ['nobody', 'severity=info alertname=Other'],
  ])('sends to %s what is %s', (receiver, labels) => {
    expect(run(AMTOOL, ['config', 'routes', 'test', `--config.file=${ALERTMANAGER}`, `--verify.receivers=${receiver}`, ...labels.split(' ')])).toMatchObject({ code: 0 });
  });

  it('no receiver has a secret in it, and no deprecated matcher', () => {
    const text = readFileSync(ALERTMANAGER, 'utf8');
    expect(text.match(/^(?! *#).*(password|token:|_key:|api_url:|hooks\.)/gm)).toBeNull();
    expect(text).not.toMatch(/\b(source_|target_)?match(_re)?:/);
  });
});

it('every alert says what, how much, what to do and where to look', () => {
  for (const { alert, labels, annotations } of ALERTS) {
    expect({ alert, ...annotations }).toMatchObject({
      description: expect.stringContaining('$value'), runbook_url: `${slos.links.runbooks}/${alert}`, dashboard_url: expect.stringMatching(new RegExp(`^${slos.links.dashboards}/agent-`)),
    });
    expect(['critical', 'warning', 'info', 'none']).toContain(labels.severity);
  }
});

const newer = withoutPromtool() ? undefined : newerPromtool();
(newer === undefined ? describe.skip : describe)('Prometheus 3', () => {
  const promtool3 = (words: readonly string[]) => run(newer ?? PROMTOOL, words);

  it('takes the configuration and every rule', () => {
    expect(promtool3(['check', 'config', CONFIG])).toMatchObject({ code: 0 });
  });

  it('passes the generated tests', () => {
    expect(promtool3(['test', 'rules', 'config/prometheus/tests/slo.test.yml'])).toMatchObject({ code: 0 });
  }, 120_000);
});
