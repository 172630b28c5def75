import { readFileSync } from 'node:fs';
import { parse, stringify } from 'yaml';
import { alertTable } from './alert-table.js';
import { readSlos } from './objectives.js';
import { longTests, shortTests } from './rule-tests.js';
import type { RuleFile } from './rules.js';
import { sloRules } from './slo-rules.js';

/** Where the objectives are. */
export const SLO_FILE = 'config/slo.yaml';
/** The alerts that are written by hand. */
export const SYMPTOM_RULES = 'config/prometheus/rules/agent.rules.yml';
const HEADER = '# Written by `npx task-agent slo generate` from config/slo.yaml; do not edit.\n';

/**
 * Everything that follows from config/slo.yaml, as path → content. Paths are below `root`, the folder of the project.
 * @throws Error that names what is wrong with the objectives
 */
export function generatedFiles(root = '.'): ReadonlyMap<string, string> {
  const slos = readSlos(`${root}/${SLO_FILE}`);
  const rules = sloRules(slos);
  const symptoms = parse(readFileSync(`${root}/${SYMPTOM_RULES}`, 'utf8')) as RuleFile;
  return new Map([
    ['config/prometheus/rules/slo.rules.yml', yamlOf(rules)],
    ['config/prometheus/tests/slo.test.yml', yamlOf(shortTests(slos, rules))],
    ['config/prometheus/tests/slo-long.test.yml', yamlOf(longTests(slos, rules))],
    ['docs/alerts.md', alertTable(slos, [rules, symptoms])],
  ]);
}

function yamlOf(content: object): string {
  return HEADER + stringify(content, { lineWidth: 0, aliasDuplicateObjects: false });
}
