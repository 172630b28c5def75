import { isUtf8 } from 'node:buffer';
import { ApiError, Violation } from './protocol/api-error.js';
import type { Pace } from './delivery.js';
import type { Exchange } from './exchange.js';
import { refuseLoneSurrogates } from './protocol/field-checks.js';
import { fingerprintOf } from './protocol/identifiers.js';
import { composeMessage } from './protocol/message-composer.js';
import type { Message, MessagesRequest } from './protocol/messages-protocol.js';
import { PromptCache } from './protocol/prompt-cache.js';
import { withinLimits } from './protocol/reply-limits.js';
import { PausedReplies } from './paused-replies.js';
import type { OpenRecord } from './request-record.js';
import type { Script } from './script.js';
import { answerTurn } from './step-player.js';
import { requestCharacters, tokensOf } from './protocol/token-estimate.js';
import { readTurn } from './understanding/conversation.js';
import { understand } from './understanding/understanding.js';
import { validateCountTokensRequest, validateMessagesRequest } from './protocol/validation.js';

export interface MessagesEndpointOptions {
  readonly pace: Pace;
  readonly script: Script;
  /** The most input tokens of one request. */
  readonly contextTokens: number;
}

/** `POST /v1/messages` and `POST /v1/messages/count_tokens`. */
export class MessagesEndpoint {
  private readonly cache = new PromptCache();
  private readonly paused = new PausedReplies();

  constructor(private readonly options: MessagesEndpointOptions) {}

  /** Answers as the script says, else as the understanding does. @throws ApiError when the request is refused */
  async create(exchange: Exchange, record: OpenRecord): Promise<void> {
    const text = await readRequest(exchange, record);
    const request: unknown = record.body;
    validateMessagesRequest(request, (content) => this.paused.areContinuedBy(content));
    this.refuseTooLong(request);
    const { question, exchanges } = readTurn(request);
    const step = this.options.script.next({ header: scriptHeader(exchange), question, model: request.model, results: exchanges.length });
    const input = this.cache.measure(request);
    await answerTurn({
      exchange,
      streamed: request.stream === true,
      pace: this.options.pace,
      understood: () => withinLimits(understand(request), request),
      compose: (draft) => this.remembered(composeMessage(request, draft, input, fingerprintOf(text))),
    }, step);
  }

  /** @throws ApiError when the request is refused */
  async countTokens(exchange: Exchange, record: OpenRecord): Promise<void> {
    await readRequest(exchange, record);
    const request: unknown = record.body;
    validateCountTokensRequest(request, (content) => this.paused.areContinuedBy(content));
    exchange.sendJson(200, { input_tokens: countTokens(request) });
  }

  /** No violation: a request that is right, and only too long. */
  private refuseTooLong(request: MessagesRequest): void {
    const { contextTokens } = this.options;
    const tokens = countTokens(request);
    if (tokens > contextTokens) throw new ApiError(400, 'invalid_request_error', `prompt is too long: ${tokens} tokens > ${contextTokens} maximum`);
  }

  private remembered(message: Message): Message {
    if (message.stop_reason === 'pause_turn') this.paused.remember(message.content);
    return message;
  }
}

function scriptHeader({ headers }: Exchange): string | undefined {
  const value = headers['x-simulator-steps'];
  return Array.isArray(value) ? value.join(',') : value;
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
