import { HttpException } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { Failure, type ErrorType } from '../kernel/failure.js';
import { redactText } from '../kernel/redaction.js';

/** RFC 9457 problem details, with what a client needs to react: a stable code, the id to ask about, and whether to try again. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: string;
  readonly correlation_id: string;
  readonly retryable: boolean;
  readonly retry_after_seconds?: number;
  /** True when a part of the answer was sent before this. */
  readonly partial?: true;
  /** Where the run goes on: ask there with the id of the last event as `Last-Event-ID`. */
  readonly resume?: string;
}

export const PROBLEM_JSON = 'application/problem+json; charset=utf-8';

/** Sends a problem as the whole answer. */
export function sendProblem(reply: FastifyReply, problem: Problem): void {
  if (problem.retry_after_seconds !== undefined) void reply.header('retry-after', problem.retry_after_seconds);
  void reply.status(problem.status).header('content-type', PROBLEM_JSON).header('cache-control', 'no-store').send(problem);
}

/** What the client sees of each kind of failure. 5xx is ours or our upstream's; 4xx is something the client can change. */
const STATUS: { readonly [E in ErrorType]?: number } = {
  validation: 400, not_found: 404, permission: 403,
  conversation_not_found: 404, run_not_found: 404, conversation_busy: 409, queue_full: 503, load_shed: 503, aborted: 499,
  timeout: 504, circuit_open: 503, connection_error: 503, overloaded_error: 503, rate_limit_error: 503, api_error: 503,
  authentication_error: 503, permission_error: 503, billing_error: 503, not_found_error: 503, bad_response: 502,
  request_too_large: 413, shutting_down: 503, interrupted: 503, attempts_exhausted: 500, store_unavailable: 503,
  idempotency_conflict: 409, idempotency_mismatch: 422, invalid_request_error: 500,
};

/** Seconds after which trying again makes sense when nobody said better. */
const RETRY_AFTER_SECONDS = 5;

const HTTP_CODES: Readonly<Record<number, readonly [code: string, detail: string]>> = {
  400: ['malformed_request', 'The request could not be read.'],
  404: ['not_found', 'There is nothing at this address.'],
  405: ['method_not_allowed', 'This address does not take that method.'],
  408: ['request_timeout', 'The request did not arrive in time.'],
  413: ['body_too_large', 'The request body is too large.'],
  414: ['uri_too_long', 'The address is too long.'],
  431: ['headers_too_large', 'The request headers are too large.'],
  415: ['unsupported_media_type', 'The body must be application/json.'],
};

/** Maps anything that was thrown. Nothing of an unexpected error reaches the client: no message, stack or path. */
export function toProblem(error: unknown, correlationId: string): Problem {
  if (error instanceof Failure) return fromFailure(error, correlationId);
  const status = error instanceof HttpException ? error.getStatus() : fastifyStatus(error);
  const known = HTTP_CODES[status];
  if (known) return problem(status, known[0], known[1], correlationId);
  if (status >= 400 && status < 500) return problem(status, 'bad_request', 'The request was not accepted.', correlationId);
  return problem(500, 'internal_error', 'Something went wrong on our side.', correlationId);
}

function fromFailure(failure: Failure, correlationId: string): Problem {
  const status = STATUS[failure.errorType] ?? 500;
  const waits = failure.retryAfterSeconds ?? (status === 503 && failure.retryable ? RETRY_AFTER_SECONDS : undefined);
  return {
    ...problem(status, failure.code, redactText(failure.publicMessage), correlationId),
    retryable: failure.retryable,
    ...(waits !== undefined && { retry_after_seconds: Math.ceil(waits) }),
    ...(failure.partial && { partial: true as const }),
  };
}

function problem(status: number, code: string, detail: string, correlationId: string): Problem {
  return { type: `urn:task-agent:problem:${code}`, title: code.replaceAll('_', ' '), status, detail, code, correlation_id: correlationId, retryable: false };
}

/** Fastify's own errors carry a statusCode; so does a body that is not JSON. */
function fastifyStatus(error: unknown): number {
  const { statusCode } = Object(error) as { statusCode?: unknown };
  if (typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500) return statusCode;
  return error instanceof SyntaxError ? 400 : 500;
}
