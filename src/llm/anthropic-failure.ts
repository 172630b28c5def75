import Anthropic from '@anthropic-ai/sdk';
import { ERROR_TYPES, Failure, type ErrorType } from '../kernel/failure.js';
import { retryAfter, shouldRetry, type UpstreamHeaders } from './upstream-hints.js';

/** How the outside sees each kind of upstream error. Source of the kinds: the error table of the Messages API. */
const KINDS: { readonly [E in ErrorType]?: readonly [code: string, retryable: boolean, publicMessage: string] } = {
  invalid_request_error: ['llm_bad_request', false, 'The model did not accept the request.'],
  authentication_error: ['llm_auth', false, 'The model API did not accept the configured key.'],
  permission_error: ['llm_auth', false, 'The configured key may not use this model.'],
  billing_error: ['llm_auth', false, 'The account of the model API can not be charged.'],
  not_found_error: ['llm_model_not_found', false, 'The configured model does not exist.'],
  request_too_large: ['llm_request_too_large', false, 'The conversation is too large for the model API.'],
  rate_limit_error: ['upstream_rate_limited', true, 'The model API is limiting our requests.'],
  overloaded_error: ['upstream_overloaded', true, 'The model API is overloaded.'],
  api_error: ['upstream_unavailable', true, 'The model API failed.'],
  timeout: ['upstream_timeout', true, 'The model API did not answer in time.'],
  connection_error: ['upstream_unavailable', true, 'The model API could not be reached.'],
  bad_response: ['upstream_bad_response', true, 'The model API gave an answer that could not be read.'],
};

const TYPE_OF_STATUS: Readonly<Record<number, ErrorType>> = {
  400: 'invalid_request_error', 401: 'authentication_error', 402: 'billing_error', 403: 'permission_error', 404: 'not_found_error',
  408: 'timeout', 413: 'request_too_large', 429: 'rate_limit_error', 504: 'timeout', 529: 'overloaded_error',
};

/** What a 400 says about a conversation that has outgrown the model. */
const TOO_LONG = /prompt is too long|input length and .max_tokens. exceed context limit/i;

/** Classifies whatever the SDK or the transport threw, by shape: errors after the headers are not the SDK's own classes. */
export function toFailure(error: unknown): Failure {
  const ours = causes(error).find((cause): cause is Failure => cause instanceof Failure);
  if (ours) return ours;
  const errorType = classify(error);
  if (errorType === 'invalid_request_error' && TOO_LONG.test(String((Object(error) as { message?: unknown }).message))) return contextTooLong(error);
  const [code, retryable, publicMessage] = KINDS[errorType] ?? ['upstream_bad_response', true, 'The model API failed in an unknown way.'];
  const { headers } = Object(error) as { headers?: UpstreamHeaders };
  const retryAfterSeconds = retryAfter(headers, Date.now());
  return new Failure(code, {
    errorType, retryable: shouldRetry(headers) ?? retryable, publicMessage, cause: error, ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
  });
}

function contextTooLong(cause: unknown): Failure {
  return new Failure('context_too_long', { errorType: 'request_too_large', publicMessage: 'The conversation is too long for the model.', cause });
}

function classify(error: unknown): ErrorType {
  const { type, status } = Object(error) as { type?: unknown; status?: unknown };
  // A request that came too slowly or met another one is well-formed, whatever its type says; trying again helps (the SDK does, too).
  if (status === 408 || status === 409) return TYPE_OF_STATUS[status] ?? 'api_error';
  // The type inside the body is the most exact: an `error` event in a stream has no status at all.
  if (typeof type === 'string' && (ERROR_TYPES as readonly string[]).includes(type)) return type as ErrorType;
  if (typeof status === 'number') return TYPE_OF_STATUS[status] ?? (status >= 500 ? 'api_error' : 'invalid_request_error');
  if (error instanceof Anthropic.APIConnectionTimeoutError) return 'timeout';
  return transportType(error) ?? (error instanceof Anthropic.APIConnectionError ? 'connection_error' : 'bad_response');
}

/** Looks through the chain of causes for what the socket said. */
function transportType(error: unknown): ErrorType | undefined {
  for (const { code, name } of causes(error)) {
    if (name === 'TimeoutError') return 'timeout';
    if (typeof code === 'string' && TRANSPORT_CODES.test(code)) return 'connection_error';
  }
  return undefined;
}

/** Errors of the socket, of name resolution, of TLS and of undici. */
const TRANSPORT_CODES = /^(?:E[A-Z0-9_]+|UND_ERR_(?:SOCKET|CONNECT_TIMEOUT|ABORTED|CLOSED|DESTROYED)|(?:CERT|DEPTH|UNABLE|SELF|ERR_TLS|ERR_SSL|HOSTNAME)_[A-Z0-9_]+)$/;

type Thrown = Readonly<Record<'code' | 'name', unknown>>;

/** What was thrown and its causes, outermost first. */
function causes(error: unknown): readonly Thrown[] {
  const chain = new Set<Thrown>();
  for (let at = error; at !== null && typeof at === 'object' && !chain.has(at as Thrown); at = (at as { cause?: unknown }).cause) chain.add(at as Thrown);
  return [...chain];
}
