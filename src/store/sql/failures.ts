import { Failure } from '../../kernel/failure.js';

export function unavailable(cause?: unknown): Failure {
  return new Failure('store_unavailable', {
    errorType: 'store_unavailable', retryable: true, retryAfterSeconds: 1, cause,
    publicMessage: 'The store can not be reached right now.',
  });
}

export function corrupt(publicMessage: string, cause?: unknown): Failure {
  return new Failure('store_corrupt', { errorType: '_OTHER', publicMessage, cause });
}

export function brokenStatement(cause: unknown): Failure {
  return new Failure('store_failed', { errorType: '_OTHER', publicMessage: 'The store refused what was asked of it.', cause });
}

/** What was asked is at odds with what is there. It never leaves the store. */
export class Violation extends Error {
  override readonly name = 'Violation';

  constructor(readonly kind: 'unique' | 'reference', cause: unknown) {
    super(`A ${kind} constraint was violated.`, { cause });
  }
}
