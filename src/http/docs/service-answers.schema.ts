import * as z from 'zod';
import type { SloReport as OurSloReport } from '../../slo/slo.service.js';
import type { Problem as OurProblem } from '../problem.js';
import { PROBLEM_CODES } from './problem-codes.js';

export const Problem = z.object({
  type: z.string().describe('`urn:task-agent:problem:` and the code.'),
  title: z.string(),
  status: z.int().min(400).max(599),
  detail: z.string().describe('For people.'),
  code: z.string().describe(`Stable, for programs: ${PROBLEM_CODES.map((code) => `\`${code}\``).join(', ')}.`),
  correlation_id: z.string().describe('What to look for in the log.'),
  retryable: z.boolean().describe('Whether the same request may succeed later.'),
  retry_after_seconds: z.int().min(0).exactOptional().describe('As in the header `retry-after`.'),
  partial: z.literal(true).exactOptional().describe('A part of the answer was sent before this.'),
  resume: z.string().exactOptional().describe('Where the run goes on: ask there with the id of the last event as `last-event-id`.'),
}).describe('RFC 9457 problem details.') satisfies z.ZodType<OurProblem>;

const status = z.enum(['healthy', 'degraded', 'failed']);
const about = { service: z.string(), version: z.string(), model: z.string(), simulated: z.boolean() };

export const Liveness = z.object({ status: z.literal('healthy') });

export const Readiness = z.object({
  status: status.describe('The worst of the checks; `failed` also while the process drains.'),
  ...about,
  draining: z.literal(true).exactOptional(),
  checks: z.record(z.string(), z.object({ status, detail: z.string() })),
});

export const Index = z.object({ ...about, endpoints: z.record(z.string(), z.string()).describe('Where to go.') });

const share = z.number().nullable();

export const SloReport = z.object({
  at: z.string(),
  scope: z.literal('process').describe('Numbers of this process since it began; Prometheus has those of all.'),
  objectives: z.array(z.object({
    name: z.string(), description: z.string(), owner: z.string(), target: z.number().describe('Percent of the events that must be good.'),
    state: z.enum(['ok', 'burning_slowly', 'burning_fast', 'no_events']),
    error_budget_remaining: share.describe('1 is untouched, 0 is used up, less is overspent; null without events.'),
    windows: z.array(z.object({
      window: z.string(), covered_seconds: z.number().describe('How much of the window this process has lived through.'),
      events: z.number(), bad: z.number(), bad_ratio: share, burn_rate: share.describe('1 uses the budget up in exactly 30 days.'),
    })),
  })),
  cost: z.object({ budget_usd_per_day: z.number(), spent_usd_1h: z.number(), spent_usd_1d: z.number(), covered_seconds: z.number() }),
}) satisfies z.ZodType<OurSloReport>;
