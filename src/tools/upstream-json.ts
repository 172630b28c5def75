import { Agent, request } from 'undici';
import type * as z from 'zod';
import { Failure } from '../kernel/failure.js';

/** Bytes that an answer may have. The ones we read have some kilobytes; more is a mistake or an attack. */
const MOST_BYTES = 1_000_000;
/** How long a connection may take to be made. The rest of the call is bounded by its signal alone. */
const CONNECT_MILLISECONDS = 5_000;

/** Shared by all tools. Its idle connections keep no process up. */
const agent = new Agent({ connections: 32, pipelining: 1, connectTimeout: CONNECT_MILLISECONDS, maxResponseSize: MOST_BYTES });

export interface JsonRequest {
  /** Ends the call at once, with its own reason. */
  readonly signal: AbortSignal;
  readonly headers?: Readonly<Record<string, string>>;
  /** What to send as JSON; with it the request is a POST, without it a GET. */
  readonly body?: unknown;
}

/**
 * The JSON that an upstream answers with. Redirects are not followed, and no message names the host or a key.
 * @throws Failure `connection_error` or `timeout` when there was no whole answer, `execution` for a status of 400 or more
 * (retryable for 429 and 5xx), `bad_response` for anything else that is not JSON of at most 1 MB; the signal's reason.
 */
export async function fetchJson(url: string | URL, { signal, headers, body }: JsonRequest): Promise<unknown> {
  signal.throwIfAborted();
  const { status, text } = await exchange(httpUrl(url), { signal, headers, body });
  if (status >= 400) {
    throw new Failure('upstream_error', {
      errorType: 'execution', retryable: status === 429 || status >= 500, publicMessage: `The service answered with an error (HTTP ${status}).`,
    });
  }
  if (status < 200 || status >= 300) throw badResponse('The service answered with a redirect, which is not followed.');
  try {
    return JSON.parse(text);
  } catch (error) {
    throw badResponse('The service did not answer with JSON.', error);
  }
}

/** What an upstream answered, if it has the shape. @throws Failure `bad_response` */
export function expectShape<Shape extends z.ZodType>(shape: Shape, answer: unknown): z.output<Shape> {
  const checked = shape.safeParse(answer);
  if (checked.success) return checked.data;
  throw badResponse('The service answered in a form that is not understood.', checked.error);
}

/** `path` and `query` under a base URL, whose own path and query are kept. @throws Failure `execution` when it is no http or https URL. */
export function urlUnder(base: string, path: string, query: Readonly<Record<string, string | number>> = {}): URL {
  const url = httpUrl(base);
  url.pathname = `${url.pathname.replace(/\/$/, '')}${path}`;
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, String(value));
  return url;
}

/** Controls, bidi overrides, zero-width characters and tags: they could hide words from the person or rewrite what they see. */
const HIDDEN = /[\p{Cc}\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\u{e0000}-\u{e007f}]/gu;

/** Text of an upstream on one line of at most `characters` code points, with nothing in it that can not be seen. */
export function upstreamLine(text: string, characters: number): string {
  const line = text.toWellFormed().replace(/\s+/gu, ' ').replace(HIDDEN, '').trim();
  const points = Array.from(line);
  return points.length <= characters ? line : `${points.slice(0, characters - 1).join('').trimEnd()}…`;
}

type Sent = Pick<JsonRequest, 'signal'> & { readonly headers: JsonRequest['headers'] | undefined; readonly body: unknown };

async function exchange(url: URL, { signal, headers, body }: Sent): Promise<{ readonly status: number; readonly text: string }> {
  try {
    const response = await request(url, {
      dispatcher: agent,
      signal,
      method: body === undefined ? 'GET' : 'POST',
      headers: { accept: 'application/json', 'user-agent': 'task-agent', ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
      body: body === undefined ? null : JSON.stringify(body),
    });
    if (response.statusCode >= 300) {
      // A refusal is told at once. Its body may never end; the error of cutting it off has nobody to tell.
      response.body.once('error', () => undefined).destroy();
      return { status: response.statusCode, text: '' };
    }
    return { status: response.statusCode, text: await response.body.text() };
  } catch (error) {
    signal.throwIfAborted();
    throw transportFailure(error);
  }
}

function transportFailure(error: unknown): Failure {
  const code = String((Object(error) as { code?: unknown }).code);
  if (code === 'UND_ERR_RES_EXCEEDED_MAX_SIZE') return badResponse('The service answered with more than can be read.', error);
  if (code.startsWith('HPE_') || code === 'UND_ERR_HEADERS_OVERFLOW') return badResponse('The service did not answer with HTTP.', error);
  if (code === 'UND_ERR_HEADERS_TIMEOUT' || code === 'UND_ERR_BODY_TIMEOUT') {
    return new Failure('upstream_timeout', { errorType: 'timeout', retryable: true, publicMessage: 'The service did not answer in time.', cause: error });
  }
  return new Failure('upstream_unreachable', { errorType: 'connection_error', retryable: true, publicMessage: 'The service can not be reached.', cause: error });
}

function badResponse(publicMessage: string, cause?: unknown): Failure {
  return new Failure('upstream_bad_response', { errorType: 'bad_response', publicMessage, cause });
}

function httpUrl(text: string | URL): URL {
  const url = URL.parse(String(text));
  if (url && (url.protocol === 'http:' || url.protocol === 'https:')) return url;
  throw new Failure('upstream_url_refused', { errorType: 'execution', publicMessage: 'The address of the service is not an http or https URL.' });
}
