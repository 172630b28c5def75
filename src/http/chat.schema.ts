import * as z from 'zod';
import { Failure } from '../kernel/failure.js';

/** Characters that a message may have. */
const LONGEST_MESSAGE = 32_000;

const message = z.string().min(1).max(LONGEST_MESSAGE)
  .refine((text) => text.trim() !== '', 'must not be blank')
  .refine((text) => text.isWellFormed() && !text.includes('\0'), 'must be well-formed Unicode without NUL');

export const ChatRequest = z.strictObject({
  message: message.describe('The question. Not blank; well-formed Unicode without NUL.'),
  conversation_id: z.string().regex(/^[A-Za-z0-9_-]{1,128}$/, 'must be an id that an earlier answer gave').optional()
    .describe('Continues a conversation: an id that an earlier answer gave. Without it a new one begins.'),
});
export type ChatRequest = z.infer<typeof ChatRequest>;

/** @throws Failure `invalid_request` that names each field and what is wrong with it, without repeating its value. */
export function parsed<S extends z.ZodType>(schema: S, value: unknown): z.infer<S> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new Failure('invalid_request', { errorType: 'validation', publicMessage: explainIssues(result.error.issues) });
}

/** @throws Failure `invalid_request` */
export function parseChatRequest(body: unknown): ChatRequest {
  return parsed(ChatRequest, body);
}

/** @throws Failure `invalid_request`, for entry points that have only the text. */
export function parseMessage(text: string): string {
  return parseChatRequest({ message: text }).message;
}

/** The first five things that are wrong, each with its field and without its value. */
export function explainIssues(issues: readonly z.core.$ZodIssue[]): string {
  return issues.slice(0, 5).map(explain).join('; ');
}

function explain(issue: z.core.$ZodIssue): string {
  const where = issue.path.join('.') || 'body';
  if (issue.code === 'unrecognized_keys') return `${where}: unknown field ${issue.keys.slice(0, 3).map((key) => JSON.stringify(key.slice(0, 40))).join(', ')}`;
  if (issue.code === 'invalid_type') return `${where}: must be ${issue.path.length === 0 ? 'a JSON object' : `a ${issue.expected}`}`;
  return `${where}: ${issue.message}`;
}
