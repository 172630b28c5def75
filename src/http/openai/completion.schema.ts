import * as z from 'zod';
import { Failure } from '../../kernel/failure.js';
import { explainIssues } from '../chat.schema.js';

/** Messages that one request may have. */
const MOST_MESSAGES = 1_000;
/** Characters that the text of one message may have; the question itself is held to the limit of `/chat`. */
const LONGEST_TEXT = 200_000;
/** Parts that the content of one message may have. */
const MOST_PARTS = 1_000;

const ROLES = ['system', 'developer', 'user', 'assistant', 'tool', 'function'] as const;

/** One message of the client, with its text in one piece. */
export interface ClientMessage {
  readonly role: (typeof ROLES)[number];
  readonly text: string;
}

export interface CompletionRequest {
  readonly messages: readonly ClientMessage[];
  /** The model that the client wants, if it said so. */
  readonly model: string | undefined;
  readonly stream: boolean;
  readonly includeUsage: boolean;
}

const CONTENT = { description: 'A string, or parts of text. The question, which is the last message, has at most 32,000 characters.' };

const message = z.looseObject({ role: z.enum(ROLES), content: z.unknown().meta(CONTENT).transform(readContent).default('') })
  .transform(({ role, content }): ClientMessage => ({ role, text: content }));

/** A string, parts of text, or nothing: what an assistant that called tools had to say. */
function readContent(content: unknown, context: z.RefinementCtx): string {
  const pieces = Array.isArray(content) ? content.slice(0, MOST_PARTS + 1).map(textOfPart) : [content ?? ''];
  const text = pieces.join('\n');
  const wrong = complaintAbout(pieces, text);
  if (wrong !== undefined) context.addIssue({ code: 'custom', message: wrong });
  return text;
}

function complaintAbout(pieces: readonly unknown[], text: string): string | undefined {
  if (pieces.length > MOST_PARTS) return `must have at most ${MOST_PARTS} parts`;
  if (!pieces.every((piece) => typeof piece === 'string')) return 'must be text, as a string or as parts of text: this agent takes no images, audio or files';
  if (text.length > LONGEST_TEXT) return `must have at most ${LONGEST_TEXT} characters`;
  return text.isWellFormed() && !text.includes('\0') ? undefined : 'must be well-formed Unicode without NUL';
}

/** Undefined when it is a part of another kind. */
function textOfPart(part: unknown): unknown {
  const { type, text, refusal } = Object(part) as { readonly type?: unknown; readonly text?: unknown; readonly refusal?: unknown };
  if (type === 'text') return text;
  return type === 'refusal' ? refusal : undefined;
}

const TOOLS_ARE_OURS = 'must be left out or empty: the tools of this agent run on the server, and it calls none of its client';
const noTools = z.array(z.unknown()).max(0, TOOLS_ARE_OURS).nullish();

/** Clients send much that means nothing here: what is not named is let through, and ignored. */
export const CompletionBody = z.looseObject({
  messages: z.array(message).min(1).max(MOST_MESSAGES),
  model: z.string().nullish().describe('The agent answers whatever model is asked for.'),
  stream: z.boolean().nullish(),
  stream_options: z.looseObject({ include_usage: z.boolean().nullish() }).nullish(),
  tools: noTools,
  functions: noTools,
  n: z.literal(1, 'must be 1: there is one answer').nullish(),
  logprobs: z.literal(false, 'must be false: there are none').nullish(),
  modalities: z.array(z.literal('text', 'must be text: there is no other answer')).nullish(),
});

/** @throws Failure `invalid_request` that names each field and what is wrong with it, without repeating its value. */
export function parseCompletionRequest(body: unknown): CompletionRequest {
  const parsed = CompletionBody.safeParse(body);
  if (!parsed.success) throw new Failure('invalid_request', { errorType: 'validation', publicMessage: explainIssues(parsed.error.issues) });
  const { messages, model, stream, stream_options: options } = parsed.data;
  return { messages, model: model ?? undefined, stream: stream ?? false, includeUsage: options?.include_usage ?? false };
}
