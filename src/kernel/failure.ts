/**
 * The closed list of reasons a piece of work can fail for. It is the value of the metric label and span attribute
 * `error_type` / `error.type`, so it may grow only here. The upstream's own names come from the Messages API error table;
 * `timeout`, `connection_error`, `circuit_open`, `aborted` and `_OTHER` from the OpenTelemetry GenAI conventions.
 */
export const ERROR_TYPES = [
  'invalid_request_error', 'authentication_error', 'billing_error', 'permission_error', 'not_found_error',
  'request_too_large', 'rate_limit_error', 'overloaded_error', 'api_error', 'timeout', 'connection_error',
  'bad_response', 'circuit_open', 'aborted', 'max_iterations', 'refusal', 'truncated', 'validation', 'execution',
  'not_found', 'permission', 'conversation_busy', 'conversation_not_found', 'run_not_found', 'queue_full', 'load_shed', 'tool_loop',
  'shutting_down', 'interrupted', 'attempts_exhausted', 'store_unavailable', 'idempotency_conflict', 'idempotency_mismatch', '_OTHER',
] as const;
export type ErrorType = (typeof ERROR_TYPES)[number];

export interface FailureDetails {
  readonly errorType: ErrorType;
  /** True when the same request may succeed later without a change. */
  readonly retryable?: boolean;
  /** Safe to show to anyone: no stack, path, host name or secret. */
  readonly publicMessage: string;
  /** How long a caller should wait before it tries again. */
  readonly retryAfterSeconds?: number;
  /** True when the caller has already seen a part of what was asked for: doing it again would show it twice. */
  readonly partial?: boolean;
  readonly cause?: unknown;
}

/** An expected way to fail. `code` is stable snake_case for clients; `errorType` is its class for telemetry. */
export class Failure extends Error {
  override readonly name = 'Failure';
  readonly errorType: ErrorType;
  readonly retryable: boolean;
  readonly publicMessage: string;
  readonly retryAfterSeconds: number | undefined;
  readonly partial: boolean;

  constructor(readonly code: string, details: FailureDetails) {
    super(`${code}: ${details.publicMessage}`, { cause: details.cause });
    this.errorType = details.errorType;
    this.retryable = details.retryable ?? false;
    this.publicMessage = details.publicMessage;
    this.retryAfterSeconds = details.retryAfterSeconds;
    this.partial = details.partial ?? false;
  }
}

/** Names the class of anything that was thrown, from the closed list. Read by name: `instanceof` lies across realms. */
export function errorTypeOf(thrown: unknown): ErrorType {
  const { name, errorType } = Object(thrown) as { name?: unknown; errorType?: unknown };
  if (typeof errorType === 'string' && (ERROR_TYPES as readonly string[]).includes(errorType)) return errorType as ErrorType;
  if (name === 'AbortError') return 'aborted';
  if (name === 'TimeoutError') return 'timeout';
  return '_OTHER';
}
