import Anthropic from '@anthropic-ai/sdk';
import { ERROR_TYPES, Failure, type ErrorType } from '../kernel/failure.js';

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

/** Retry-After values beyond this say more about a broken clock than about load. Seconds. */
const LONGEST_RETRY_AFTER_SECONDS = 60;

/** Classifies whatever the SDK or the transport threw, by shape: errors after the headers are not the SDK's own classes. */
export function toFailure(error: unknown): Failure {
  if (error instanceof Failure) return error;
  const errorType = classify(error);
  const [code, retryable, publicMessage] = KINDS[errorType] ?? ['upstream_bad_response', true, 'The model API failed in an unknown way.'];
  const retryAfterSeconds = retryAfter(error);
  return new Failure(code, { errorType, retryable, publicMessage, cause: error, ...(retryAfterSeconds !== undefined && { retryAfterSeconds }) });
}

function classify(error: unknown): ErrorType {
  const { type, status } = Object(error) as { type?: unknown; status?: unknown };
  // The type inside the body is the most exact: an `error` event in a stream has no status at all.
  if (typeof type === 'string' && (ERROR_TYPES as readonly string[]).includes(type)) return type as ErrorType;
  if (typeof status === 'number') return TYPE_OF_STATUS[status] ?? (status >= 500 ? 'api_error' : 'invalid_request_error');
  if (error instanceof Anthropic.APIConnectionTimeoutError) return 'timeout';
  return transportType(error) ?? (error instanceof Anthropic.APIConnectionError ? 'connection_error' : 'bad_response');
}

/** Looks through the chain of causes for what the socket said. */
function transportType(error: unknown): ErrorType | undefined {
  const seen = new Set<unknown>();
  for (let at = error; at !== null && typeof at === 'object' && !seen.has(at); at = (at as { cause?: unknown }).cause) {
    seen.add(at);
    const { code, name } = at as { code?: unknown; name?: unknown };
    if (code === 'UND_ERR_HEADERS_TIMEOUT' || code === 'UND_ERR_BODY_TIMEOUT' || name === 'TimeoutError') return 'timeout';
    if (typeof code === 'string' && /^(E[A-Z]+|UND_ERR_(SOCKET|CONNECT_TIMEOUT|ABORTED|CLOSED|DESTROYED))$/.test(code)) return 'connection_error';
  }
  return undefined;
}

function retryAfter(error: unknown): number | undefined {
  const { headers } = Object(error) as { headers?: { get?: (name: string) => string | null } };
  const seconds = Number(headers?.get?.('retry-after') ?? NaN);
  return Number.isFinite(seconds) && seconds > 0 ? Math.min(Math.ceil(seconds), LONGEST_RETRY_AFTER_SECONDS) : undefined;
}
