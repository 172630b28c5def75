import * as z from 'zod';
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
