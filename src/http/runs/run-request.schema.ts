import * as z from 'zod';
import { ChatRequest, parsed } from '../chat.schema.js';

export const RunRequest = ChatRequest.extend({
  priority: z.int().min(0).max(9).default(0).describe('0 to 9; the higher one goes first when runs wait.'),
  on_busy: z.enum(['reject', 'queue']).default('reject').describe('While another run of the conversation is running: refuse with 409, or wait for its end.'),
});
export type RunRequest = z.infer<typeof RunRequest>;

const moment = z.iso.datetime({ offset: true }).transform((text) => Date.parse(text));
const id = z.string().regex(/^[A-Za-z0-9_-]{1,128}$/, 'must be an id');
const seconds = z.coerce.number().min(0).max(1e9);

export const RunListQuery = z.strictObject({
  conversation_id: id.optional(),
  status: z.enum(['queued', 'running', 'ended']).optional(),
  outcome: z.enum(['success', 'error', 'cancelled', 'rejected']).optional(),
  min_duration: seconds.optional().describe('Seconds from its beginning to its end.'),
  max_duration: seconds.optional(),
  since: moment.optional().describe('Asked at or after this moment (RFC 3339).'),
  until: moment.optional().describe('Asked before this moment (RFC 3339).'),
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().max(500).optional().describe('`next_cursor` of the page before.'),
});
export type RunListQuery = z.infer<typeof RunListQuery>;

/** @throws Failure `invalid_request` */
export function parseRunRequest(body: unknown): RunRequest {
  return parsed(RunRequest, body);
}

/** @throws Failure `invalid_request` */
export function parseRunListQuery(query: unknown): RunListQuery {
  return parsed(RunListQuery, query);
}

/** The id in a path. @throws Failure `invalid_request` */
export function parseId(text: unknown): string {
  return parsed(id, text);
}

/** The number behind which a client wants to go on; 0 without one. @throws Failure `invalid_request` */
export function parseLastEventId(text: string | undefined): number {
  return text === undefined ? 0 : parsed(z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER), text);
}
