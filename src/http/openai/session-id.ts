import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { Failure } from '../../kernel/failure.js';

/** Headers in which clients name their conversation; the first that is there counts. The last two are what a LibreChat is told to send. */
const SESSION_HEADERS = ['x-session-id', 'x-openwebui-chat-id', 'x-librechat-conversation-id', 'x-conversation-id'] as const;

/** What clients send before a conversation has an id: a name for none, or a template that nobody filled in. */
const NO_SESSION = /^(?:new|null|undefined|\{\{.*\}\})?$/i;
const SESSION_ID = /^[\x21-\x7e]{1,200}$/;

/**
 * The id of the conversation that the client names in a header; undefined when it names none. The same name gives the same id,
 * for whoever sends it.
 * @throws Failure `invalid_request` for a name that is not 1 to 200 visible ASCII characters.
 */
export function conversationIdFrom(headers: IncomingHttpHeaders): string | undefined {
  const header = SESSION_HEADERS.find((name) => !NO_SESSION.test(String(headers[name] ?? '')));
  if (header === undefined) return undefined;
  const session = String(headers[header]);
  if (SESSION_ID.test(session)) return `conv_${createHash('sha256').update(session).digest('hex')}`;
  throw new Failure('invalid_request', { errorType: 'validation', publicMessage: `${header}: must be 1 to 200 visible ASCII characters` });
}
