import { Failure } from '../kernel/failure.js';

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
