import { isUtf8 } from 'node:buffer';
import { ApiError, Violation } from './protocol/api-error.js';
import type { Pace } from './delivery.js';
import type { Exchange } from './exchange.js';
import { refuseLoneSurrogates } from './protocol/field-checks.js';
import { fingerprintOf } from './protocol/identifiers.js';
import { composeMessage } from './protocol/message-composer.js';
import type { MessagesRequest } from './protocol/messages-protocol.js';
import { PromptCache } from './protocol/prompt-cache.js';
import { withinLimits } from './protocol/reply-limits.js';
import type { OpenRecord } from './request-record.js';
import type { ScriptedStep } from './scripted-step.js';
import { answerTurn } from './step-player.js';
import { requestCharacters, tokensOf } from './protocol/token-estimate.js';
import { understand } from './understanding/understanding.js';
import { validateCountTokensRequest, validateMessagesRequest } from './protocol/validation.js';

/** `POST /v1/messages` and `POST /v1/messages/count_tokens`. */
export class MessagesEndpoint {
  private readonly cache = new PromptCache();
  private readonly script: ScriptedStep[] = [];

  constructor(private readonly pace: Pace) {}

  enqueue(steps: readonly ScriptedStep[]): void {
    this.script.push(...steps);
  }

  /** Answers as the script says, else as the understanding does. @throws ApiError when the request is refused */
  async create(exchange: Exchange, record: OpenRecord): Promise<void> {
    const text = await readRequest(exchange, record);
    const request: unknown = record.body;
    validateMessagesRequest(request);
    const input = this.cache.measure(request);
    await answerTurn({
      exchange,
      streamed: request.stream === true,
      pace: this.pace,
      understood: () => withinLimits(understand(request), request),
      compose: (draft) => composeMessage(request, draft, input, fingerprintOf(text)),
    }, this.script.shift());
  }

  /** @throws ApiError when the request is refused */
  async countTokens(exchange: Exchange, record: OpenRecord): Promise<void> {
    await readRequest(exchange, record);
    const request: unknown = record.body;
    validateCountTokensRequest(request);
    exchange.sendJson(200, { input_tokens: countTokens(request) });
  }
}

function countTokens(request: MessagesRequest): number {
  return Math.max(1, tokensOf(requestCharacters(request)));
}

/** Checks the headers, reads the body, records what it parses to, and returns its text. */
async function readRequest(exchange: Exchange, record: OpenRecord): Promise<string> {
  const bytes = await exchange.readBody();
  requireKey(exchange);
  if (!exchange.headers['anthropic-version']) throw new Violation('anthropic-version: header is required');
  if (!isUtf8(bytes)) throw new Violation('body: The request body is not valid UTF-8');
  const text = bytes.toString('utf8');
  record.body = parse(text);
  // UTF-8 can not carry half a surrogate pair, so only an escape can bring one in.
  if (/\\ud/i.test(text)) refuseLoneSurrogates(record.body, '');
  return text;
}

function requireKey({ headers }: Exchange): void {
  const { authorization, 'x-api-key': key } = headers;
  if (key || /^Bearer \S/.test(authorization ?? '')) return;
  throw new ApiError(401, 'authentication_error', 'authentication is required: send x-api-key or Authorization: Bearer');
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new Violation(`body: The request body is not valid JSON: ${(error as Error).message}`);
  }
}
