import { Failure } from '../kernel/failure.js';
import { redactText } from '../kernel/redaction.js';
import type { StoredFailure } from '../store/run-record.js';

/** What may be kept and shown of anything that was thrown: nothing of an unexpected error. */
export function storedFailure(error: unknown): StoredFailure {
  if (!(error instanceof Failure)) return { code: 'internal_error', errorType: '_OTHER', publicMessage: 'Something went wrong on our side.', retryable: false };
  const { code, errorType, publicMessage, retryable, retryAfterSeconds } = error;
  return { code, errorType, publicMessage: redactText(publicMessage), retryable, ...(retryAfterSeconds !== undefined && { retryAfterSeconds }) };
}

/** The failure that was kept, to be told again as it was told first. */
export function failureFrom({ code, ...details }: StoredFailure): Failure {
  return new Failure(code, details);
}
