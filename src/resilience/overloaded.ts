import { Failure } from '../kernel/failure.js';

/** Seconds after which a refused client may try again, at least; a little more for some, so that they do not all come back at once. */
const RETRY_AFTER_SECONDS = 1;
const SPREAD_SECONDS = 3;

/** Refused because there is too much to do already. Nothing was begun. */
export function overloaded(errorType: 'queue_full' | 'load_shed'): Failure {
  return new Failure('overloaded', {
    errorType, retryable: true, retryAfterSeconds: RETRY_AFTER_SECONDS + Math.floor(Math.random() * SPREAD_SECONDS),
    publicMessage: 'The service has too much to do right now. Please try again later.',
  });
}
