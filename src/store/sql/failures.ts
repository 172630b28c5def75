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

export function conversationBusy(): Failure {
  return new Failure('conversation_busy', {
    errorType: 'conversation_busy', retryable: true, retryAfterSeconds: 1,
    publicMessage: 'Another request of this conversation is still running.',
  });
}

export function conversationNotFound(): Failure {
  return new Failure('conversation_not_found', { errorType: 'conversation_not_found', publicMessage: 'There is no such conversation.' });
}

export function leaseLost(): Failure {
  return new Failure('lease_lost', { errorType: 'interrupted', retryable: true, publicMessage: 'The run has been taken over by another process.' });
}

/** What was asked is at odds with what is there. It never leaves the store. */
export class Violation extends Error {
  override readonly name = 'Violation';

  constructor(readonly kind: 'unique' | 'reference', cause: unknown) {
    super(`A ${kind} constraint was violated.`, { cause });
  }
}
