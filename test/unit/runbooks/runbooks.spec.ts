import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { FACTS } from '../../../src/kernel/facts.js';
import { OPERATIONS } from '../../../src/kernel/operations.js';
import { generatedFiles, SLO_FILE, SYMPTOM_RULES } from '../../../src/slo/generated-files.js';
import { readSlos } from '../../../src/slo/objectives.js';
import { alertsOf, type RuleFile } from '../../../src/slo/rules.js';
import { promtool, withoutPromtool } from '../../support/promtool.js';
import { syntaxErrors } from '../../support/promql.js';
import { unknownIn } from '../dashboards/known-metrics.js';

const FOLDER = 'docs/runbooks';
const ALERTS = [...alertsOf(parse(generatedFiles().get('config/prometheus/rules/slo.rules.yml') ?? '') as RuleFile), ...alertsOf(parse(readFileSync(SYMPTOM_RULES, 'utf8')) as RuleFile)];
const NAMES = [...new Set(ALERTS.map(({ alert }) => alert))].sort();
const FILES = readdirSync(FOLDER).map((name) => name.replace('.md', '')).sort();
const HEADINGS = ['What it means', 'How to confirm', 'Likely causes', 'What to do', 'When to escalate'];
const read = (name: string) => readFileSync(`${FOLDER}/${name}.md`, 'utf8');
const QUERIES = FILES.flatMap((name) => [...read(name).matchAll(/```promql\n([^]*?)```/g)].flatMap(([, block = '']) => block.split('\n').map((query) => [name, query.trim()] as const)).filter(([, query]) => query !== ''));

it('every alert has its runbook, and every runbook its alert', () => {
  expect(FILES.filter((name) => name !== 'README' && !name.startsWith('walk-through-'))).toEqual(NAMES);
});

it.each(NAMES)('%s has the headings that all have, in their order', (name) => {
  expect(read(name).startsWith(`# ${name}\n`)).toBe(true);
  expect([...read(name).matchAll(/^## (.+)$/gm)].map(([, heading]) => heading)).toEqual(HEADINGS);
  expect(read(name)).toContain('```promql');
});

it('the index leads to all of them', () => {
  for (const name of FILES.filter((file) => file !== 'README')) expect(read('README')).toContain(`(${name}.md)`);
});

it('every alert links to its runbook', () => {
  const { links } = readSlos(SLO_FILE);
  expect(ALERTS.map(({ annotations }) => annotations.runbook_url.replace(`${links.runbooks}/`, '')).filter((name) => !FILES.includes(name))).toEqual([]);
});

it.each(QUERIES)('%s: %s is PromQL about what exists', (_name, query) => {
  expect(syntaxErrors(query)).toEqual([]);
  expect(unknownIn(query, {}).filter((unknown) => !/ (prometheus|alertmanager|scrape)_/.test(unknown))).toEqual([]);
});

(withoutPromtool() ? it.skip : it)('promtool takes every query', () => {
  const rules = { groups: [{ name: 'runbooks', rules: QUERIES.map(([, expr], index) => ({ record: `query_${index}`, expr })) }] };
  const path = join(mkdtempSync(join(tmpdir(), 'runbooks-')), 'rules.yml');
  writeFileSync(path, JSON.stringify(rules));
  const { code, output } = promtool(['check', 'rules', '--lint=none', path]);
  expect({ code, output: code === 0 ? '' : output }).toEqual({ code: 0, output: '' });
});

it('log queries ask for events that are written', () => {
  const text = JSON.stringify([FACTS, OPERATIONS]);
  const asked = FILES.flatMap((name) => [...read(name).matchAll(/event ?==? ?"([a-z_.]+)"/g)].map(([, event = '']) => event));
  expect(asked.length).toBeGreaterThan(20);
  expect(asked.filter((event) => !text.includes(`"${event}"`) && event !== 'telemetry.pillar_failed')).toEqual([]);
});
