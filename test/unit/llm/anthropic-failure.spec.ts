import Anthropic from '@anthropic-ai/sdk';
import { Failure } from '../../../src/kernel/failure.js';
import { toFailure } from '../../../src/llm/anthropic-failure.js';

/** What the SDK makes of an error answer. */
function apiError(status: number, type?: string, message = 'no', headers: Record<string, string> = {}): Error {
  const body = type === undefined ? undefined : { type: 'error', error: { type, message } };
  return Anthropic.APIError.generate(status, body, message, new Headers(headers));
}
const withCode = (code: string, name = 'Error') => Object.assign(new Error('x'), { code, name });

it.each([
  [400, 'llm_bad_request', 'invalid_request_error', false], [401, 'llm_auth', 'authentication_error', false], [402, 'llm_auth', 'billing_error', false],
  [403, 'llm_auth', 'permission_error', false], [404, 'llm_model_not_found', 'not_found_error', false], [408, 'upstream_timeout', 'timeout', true],
  [409, 'upstream_unavailable', 'api_error', true], [413, 'llm_request_too_large', 'request_too_large', false], [422, 'llm_bad_request', 'invalid_request_error', false],
  [429, 'upstream_rate_limited', 'rate_limit_error', true], [499, 'llm_bad_request', 'invalid_request_error', false], [500, 'upstream_unavailable', 'api_error', true],
  [502, 'upstream_unavailable', 'api_error', true], [504, 'upstream_timeout', 'timeout', true], [529, 'upstream_overloaded', 'overloaded_error', true],
])('knows status %d without a body', (status, code, errorType, retryable) => {
  const error = apiError(status);
  expect(toFailure(error)).toMatchObject({ name: 'Failure', code, errorType, retryable, partial: false, cause: error });
});

it.each([[408, 'timeout'], [409, 'api_error']])('believes status %d more than the type in its body: trying again helps', (status, errorType) => {
  expect(toFailure(apiError(status, 'invalid_request_error'))).toMatchObject({ errorType, retryable: true });
});

it('believes the type in the body more than any other status, and needs none', () => {
  expect(toFailure(apiError(500, 'overloaded_error'))).toMatchObject({ code: 'upstream_overloaded' });
  expect(toFailure({ type: 'rate_limit_error' })).toMatchObject({ code: 'upstream_rate_limited' });
  expect(toFailure(apiError(503, 'a_type_of_next_year'))).toMatchObject({ errorType: 'api_error' });
});

it('names a kind that no upstream should use without a word of its own', () => {
  expect(toFailure({ type: 'queue_full' })).toMatchObject({ code: 'upstream_bad_response', errorType: 'queue_full', retryable: true, publicMessage: 'The model API failed in an unknown way.' });
});

describe('a conversation that is too long', () => {
  it.each(['prompt is too long: 210000 tokens > 200000 maximum', 'input length and `max_tokens` exceed context limit: 1 + 2 > 3'])('is told by "%s"', (message) => {
    expect(toFailure(apiError(400, 'invalid_request_error', message))).toMatchObject({ code: 'context_too_long', errorType: 'request_too_large', retryable: false });
  });

  it('is not told by another bad request, or by these words under another kind', () => {
    expect(toFailure(apiError(400, 'invalid_request_error', 'max_tokens: too large'))).toMatchObject({ code: 'llm_bad_request' });
    expect(toFailure(apiError(500, 'api_error', 'prompt is too long'))).toMatchObject({ code: 'upstream_unavailable' });
  });
});

it.each([
  'ECONNRESET', 'ECONNREFUSED', 'EPIPE', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'EPROTO', 'UND_ERR_SOCKET', 'UND_ERR_CONNECT_TIMEOUT', 'UND_ERR_DESTROYED', 'UND_ERR_CLOSED', 'UND_ERR_ABORTED',
  'CERT_HAS_EXPIRED', 'DEPTH_ZERO_SELF_SIGNED_CERT', 'SELF_SIGNED_CERT_IN_CHAIN', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'ERR_TLS_CERT_ALTNAME_INVALID', 'HOSTNAME_MISMATCH',
  'ERR_SSL_WRONG_VERSION_NUMBER', 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION', 'ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE',
])('takes %s for a broken connection, however deep it lies', (code) => {
  for (const error of [withCode(code), new TypeError('terminated', { cause: withCode(code) }), new Error('a', { cause: new Error('b', { cause: withCode(code) }) })]) {
    expect(toFailure(error)).toMatchObject({ code: 'upstream_unavailable', errorType: 'connection_error', retryable: true });
  }
});

it.each(['HPE_INVALID_CONSTANT', 'UND_ERR_INVALID_ARG', 'reset by Etienne', 'xECONNRESET', 'ECONNRESET!', 'MY_CERT_IS_BAD', 'CERT_IS_bad'])('does not take the code "%s" for one', (code) => {
  expect(toFailure(withCode(code))).toMatchObject({ errorType: 'bad_response' });
});

it('takes what has no number or text for a code for an answer that could not be read', () => {
  for (const thrown of [undefined, null, 'text', 7, new SyntaxError('Unexpected end'), Object.assign(new Error('x'), { code: 104 })]) {
    expect(toFailure(thrown)).toMatchObject({ code: 'upstream_bad_response', errorType: 'bad_response', retryable: true, cause: thrown });
  }
});

it('tells a time that was over from a connection that broke', () => {
  expect(toFailure(new Anthropic.APIConnectionTimeoutError())).toMatchObject({ code: 'upstream_timeout', errorType: 'timeout' });
  expect(toFailure(new Error('x', { cause: withCode('', 'TimeoutError') }))).toMatchObject({ errorType: 'timeout' });
  expect(toFailure(new Anthropic.APIConnectionError({ cause: new Error('something of next year') }))).toMatchObject({ errorType: 'connection_error' });
});

it('finds our own failure inside whatever the SDK made of it', () => {
  const ours = new Failure('upstream_timeout', { errorType: 'timeout', publicMessage: 'silent' });
  expect(toFailure(ours)).toBe(ours);
  expect(toFailure(new Anthropic.APIConnectionError({ cause: new TypeError('aborted', { cause: ours }) }))).toBe(ours);
});

it('comes to an end when causes go in a circle', () => {
  const [one, two] = [new Error('one'), new Error('two')];
  one.cause = two;
  two.cause = one;
  expect(toFailure(one)).toMatchObject({ errorType: 'bad_response' });
  Object.assign(two, { code: 'ECONNRESET' });
  expect(toFailure(one)).toMatchObject({ errorType: 'connection_error' });
});

it('passes on how long to wait, and the word of the upstream about trying again', () => {
  expect(toFailure(apiError(429, 'rate_limit_error', 'no', { 'retry-after': '7' }))).toMatchObject({ retryAfterSeconds: 7, retryable: true });
  expect(toFailure(apiError(500, 'api_error', 'no', { 'x-should-retry': 'false' }))).toMatchObject({ retryable: false, retryAfterSeconds: undefined });
  expect(toFailure(apiError(400, 'invalid_request_error', 'no', { 'x-should-retry': 'true' }))).toMatchObject({ retryable: true });
});

it('says nothing of the upstream\'s own words to the client', () => {
  expect(toFailure(apiError(500, 'api_error', 'host db-7 at /srv failed')).publicMessage).not.toMatch(/db-7|srv/);
});
