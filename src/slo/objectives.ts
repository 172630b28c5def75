import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import * as z from 'zod';
import { INSTRUMENTS } from '../metrics/instruments.js';
import { BURN_ALERTS } from './burn-rate.js';

/** Values that a label may have; a series counts when each label named here has one of its values. */
const Labels = z.record(z.string(), z.array(z.string().regex(/^\w+$/)).nonempty());
const Events = z.object({ metric: z.string(), labels: Labels.default({}) }).strict().superRefine(checkEvents);
const Objective = z.object({
  name: z.string().regex(/^[a-z][a-z_]*$/),
  description: z.string(),
  owner: z.string(),
  /** Percent of the events that must be good. */
  target: z.number().gt(0).lt(100),
  /** The windows of the alerts are those for a budget of 30 days. */
  window: z.literal('30d'),
  events: z.array(Events).nonempty(),
  bad: z.array(Events).nonempty().optional(),
  at_most_seconds: z.number().positive().optional(),
}).strict().superRefine(checkObjective);
const SloFile = z.object({
  links: z.object({ runbooks: z.url(), dashboards: z.url() }).strict(),
  least_bad_events: z.number().int().positive(),
  objectives: z.array(Objective).nonempty(),
  cost: z.object({ description: z.string(), owner: z.string(), usd_per_day: z.number().positive() }).strict(),
}).strict().refine(({ objectives }) => new Set(objectives.map(({ name }) => name)).size === objectives.length, { message: 'two objectives have one name' });

/** Series of a counter, or the observations of a histogram. */
export type SloEvents = z.infer<typeof Events>;
/** A share of events that must be good. What is bad is either named, or slower than a limit. */
export type SloObjective = z.infer<typeof Objective>;
/** config/slo.yaml. */
export type Slos = z.infer<typeof SloFile>;

/** @throws Error that names the file and what is wrong with it: also an alert that could never fire. */
export function readSlos(path: string): Slos {
  const parsed = SloFile.safeParse(parse(readFileSync(path, 'utf8')));
  if (!parsed.success) throw new Error(`${path} is not a list of objectives:\n${z.prettifyError(parsed.error)}`);
  return parsed.data;
}

/** The share of events that may be bad, 0 to 1, free of the dust of binary fractions. */
export function budgetOf({ target }: Pick<SloObjective, 'target'>): number {
  return Number((1 - target / 100).toFixed(10));
}

function checkEvents({ metric, labels }: { metric: string; labels: Record<string, readonly string[]> }, context: z.RefinementCtx): void {
  const instrument = INSTRUMENTS[metric];
  if (instrument === undefined || instrument.type === 'gauge') return context.addIssue(`${metric} is no counter and no histogram of this service`);
  for (const [label, values] of Object.entries(labels)) {
    const known = instrument.labels?.[label];
    if (known === undefined) context.addIssue(`${metric} has no label ${label}`);
    else if (Array.isArray(known)) for (const value of values) if (!known.includes(value)) context.addIssue(`${metric}{${label}} is never ${value}`);
  }
}

function checkObjective(objective: { name: string; target: number; events: readonly { metric: string }[]; bad?: unknown; at_most_seconds?: number | undefined }, context: z.RefinementCtx): void {
  const { name, events, bad, at_most_seconds: limit } = objective;
  if ((bad === undefined) === (limit === undefined)) context.addIssue(`${name} needs either bad or at_most_seconds`);
  for (const { metric } of events) {
    if (limit !== undefined && INSTRUMENTS[metric]?.buckets?.includes(limit) !== true) context.addIssue(`${metric} has no bucket that ends at ${limit}`);
  }
  const highest = Math.max(...BURN_ALERTS.flatMap(({ pairs }) => pairs.map(({ factor }) => factor)));
  if (highest * budgetOf(objective) >= 1) context.addIssue(`${name}: ${highest} times the budget is more than everything, so its alert could never fire`);
}
