/** An error answer of the Messages API: its HTTP status, its `error.type` and its message. */
export class ApiError extends Error {
  override readonly name = 'ApiError';

  constructor(
    readonly status: number,
    readonly type: string,
    message: string,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
  }

  /** The documented body, for a response or for an `error` event inside a stream. */
  body(requestId: string): object {
    return { type: 'error', error: { type: this.type, message: this.message }, request_id: requestId };
  }
}

/** The statuses of the documented error types. */
const STATUS_OF_TYPE: Readonly<Record<string, number>> = {
  invalid_request_error: 400, authentication_error: 401, billing_error: 402, permission_error: 403, not_found_error: 404,
  request_too_large: 413, rate_limit_error: 429, api_error: 500, timeout_error: 504, overloaded_error: 529,
};

/** The status of an error type; 500 for one that is not documented. */
export function statusOf(type: string): number {
  return STATUS_OF_TYPE[type] ?? 500;
}

/** The error type of a status; the general one of its class for a status that has none of its own. */
export function errorTypeOf(status: number): string {
  const [found] = Object.entries(STATUS_OF_TYPE).find(([, own]) => own === status) ?? [];
  return found ?? (status < 500 ? 'invalid_request_error' : 'api_error');
}

/** A request that the real API would refuse. Counted, because in tests it means that the caller is wrong. */
export class Violation extends ApiError {
  constructor(message: string, status = 400, type = 'invalid_request_error') {
    super(status, type, message);
  }
}
