import { Failure } from '../kernel/failure.js';

/** What is told to a request whose key was used before: for the same request, which is still being carried out, or for another one. */
export function alreadyKnown(same: boolean): Failure {
  return same
    ? new Failure('idempotency_in_flight', { errorType: 'idempotency_conflict', retryable: true, retryAfterSeconds: 1, publicMessage: 'A request with this Idempotency-Key is still being carried out.' })
    : new Failure('idempotency_key_reused', { errorType: 'idempotency_mismatch', publicMessage: 'This Idempotency-Key was used for another request.' });
}
