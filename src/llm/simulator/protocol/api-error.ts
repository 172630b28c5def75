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

/** A request that the real API would refuse. Counted, because in tests it means that the caller is wrong. */
export class Violation extends ApiError {
  constructor(message: string, status = 400, type = 'invalid_request_error') {
    super(status, type, message);
  }
}
