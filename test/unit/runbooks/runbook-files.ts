import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { takeApart, type Document } from '../../support/docs/documents.js';

const RULES = 'config/prometheus/rules';
const RUNBOOKS = 'docs/runbooks';

/** An alert as a rule file has it. */
export interface Alert {
  readonly alert: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

interface Rule extends Partial<Alert> {
  readonly record?: string;
}

const rules: readonly Rule[] = readdirSync(RULES).filter((name) => name.endsWith('.yml'))
  .flatMap((name) => (parse(readFileSync(join(RULES, name), 'utf8')) as { groups: { rules: Rule[] }[] }).groups.flatMap((group) => group.rules));

/** Every alert of the rule files, one for each objective. */
export const alerts: readonly Alert[] = rules.filter((rule): rule is Rule & Alert => rule.alert !== undefined);

/** The names that recording rules give. */
export const recorded: ReadonlySet<string> = new Set(rules.flatMap(({ record }) => record ?? []));

/** Every page of docs/runbooks, by its name without `.md`. */
export const pages: ReadonlyMap<string, Document> = new Map(readdirSync(RUNBOOKS).map((file) => {
  const path = join(RUNBOOKS, file);
  return [file.replace(/\.md$/, ''), takeApart(path, readFileSync(path, 'utf8'))];
}));

/** The pages that belong to alerts. */
export const runbooks: ReadonlyMap<string, Document> = new Map([...pages].filter(([name]) => name !== 'README' && !name.startsWith('walk-through-')));

/** What a page has in blocks of one language. */
export function blocksOf({ blocks }: Document, language: string): readonly string[] {
  return blocks.filter((block) => block.language === language).map(({ text }) => text.trim());
}
