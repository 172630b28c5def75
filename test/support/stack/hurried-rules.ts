import { readFileSync } from 'node:fs';
import { parse, stringify } from 'yaml';
import { secondsOf } from '../../../src/slo/burn-rate.js';
import { readSlos } from '../../../src/slo/objectives.js';
import type { AlertRule, RecordingRule, RuleFile } from '../../../src/slo/rules.js';
import { sloRules } from '../../../src/slo/slo-rules.js';
import { SLO_FILE, SYMPTOM_RULES } from '../../../src/slo/generated-files.js';

/** Times by which rules are hurried: five minutes become 0.75 seconds, six hours 54. */
export const HURRY = 400;
/** So that a test can spend a day's budget. */
const USD_PER_DAY = 20;

/** What needs a hurry of its own, by the name of an alert or of a recording rule: a breaker needs its time to open six times, a run its seconds to be old. */
const EXCEPTIONS: Readonly<Record<string, { readonly hurry?: number; readonly limit?: readonly [string, string] }>> = {
  FrequentCircuitBreakerTrips: { hurry: 100 },
  HighLatency: { hurry: 100 }, // of 38 slow answers, three must fall into the window
  VeryHighLatency: { hurry: 100 },
  LLMAPIErrors: { hurry: 40 }, // behind an open breaker there are few calls
  'job:agent_cost_usd:increase1d': { hurry: 4_000 }, // a day must be over for its alert to end
  'job:agent_slo_errors:ratio_rate6h': { hurry: 800 }, // its alert ends last: everything waits for that
  RunStuck: { limit: ['> 600', '> 3'] },
  QueueBacklog: { limit: ['> 60', '> 3'] },
};

/** The rules that are committed, in a hurry: the same expressions over shorter windows, evaluated more often. */
export function hurriedRules(): string {
  const slos = readSlos(SLO_FILE);
  const generated = sloRules({ ...slos, cost: { ...slos.cost, usd_per_day: USD_PER_DAY } });
  const byHand = parse(readFileSync(SYMPTOM_RULES, 'utf8')) as RuleFile;
  return stringify({ groups: [generated, byHand].flatMap(({ groups }) => groups).map((group) => ({ ...group, interval: '100ms', rules: group.rules.map(hurried) })) }, { lineWidth: 0 });
}

function hurried(rule: AlertRule | RecordingRule): object {
  const { hurry = HURRY, limit } = EXCEPTIONS['alert' in rule ? rule.alert : rule.record] ?? {};
  const expr = hurriedExpression(limit === undefined ? rule.expr : replaced(rule.expr, limit), hurry);
  return 'for' in rule && rule.for !== undefined ? { ...rule, expr, for: short(rule.for, hurry) } : { ...rule, expr };
}

/** An expression with its windows shortened. The names of recording rules keep the windows they have on paper. */
export function hurriedExpression(expression: string, hurry = HURRY): string {
  return expression.replace(/\[(\d+[smhd])\]/g, (_all, window: string) => `[${short(window, hurry)}]`);
}

function short(window: string, hurry: number): string {
  return `${Math.max(1, Math.round((secondsOf(window) * 1_000) / hurry))}ms`;
}

function replaced(text: string, [what, by]: readonly [string, string]): string {
  if (!text.includes(what)) throw new Error(`${text} has no "${what}"`);
  return text.replace(what, by);
}
