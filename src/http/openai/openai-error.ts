import type { FastifyReply } from 'fastify';
import type { Problem } from '../problem.js';

/** An error in the shape that clients of the OpenAI API know. */
export interface OpenAiError {
  readonly error: { readonly message: string; readonly type: string; readonly param: null; readonly code: string };
}

const TYPES: Readonly<Record<number, string>> = { 401: 'authentication_error', 403: 'permission_error', 429: 'rate_limit_error' };

/** The same problem with other names. Its `type` is one that programs for that API look at. */
export function toOpenAiError({ status, code, detail }: Problem): OpenAiError {
  const type = code === 'upstream_rate_limited' ? 'rate_limit_error' : TYPES[status] ?? (status < 500 ? 'invalid_request_error' : 'server_error');
  return { error: { message: detail, type, param: null, code } };
}

/** Sends it as the whole answer. The official clients try again after 409 and every 5xx, unless `x-should-retry` says better. */
export function sendOpenAiError(reply: FastifyReply, problem: Problem): void {
  if (problem.retry_after_seconds !== undefined) void reply.header('retry-after', problem.retry_after_seconds);
  void reply.status(problem.status).header('x-should-retry', String(problem.retryable)).header('x-request-id', problem.correlation_id)
    .header('content-type', 'application/json; charset=utf-8').header('cache-control', 'no-store').send(toOpenAiError(problem));
}
