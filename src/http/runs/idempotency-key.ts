import { createHash } from 'node:crypto';
import { Failure } from '../../kernel/failure.js';
import type { IdempotencyClaim } from '../../store/run-record.js';

/** Visible ASCII, as the draft of the IETF HTTPAPI group has it, and no longer than Stripe's. */
const KEY = /^[\x21-\x7e]{1,255}$/;

/**
 * What a request with an `Idempotency-Key` claims. Undefined without the header.
 * @throws Failure `invalid_request` for a key that is none
 */
export function claimOf(route: string, key: string | undefined, request: object): IdempotencyClaim | undefined {
  if (key === undefined) return undefined;
  if (!KEY.test(key)) throw new Failure('invalid_request', { errorType: 'validation', publicMessage: 'Idempotency-Key: must be 1 to 255 characters of visible ASCII' });
  return { route, key, fingerprint: createHash('sha256').update(canonical(request)).digest('base64url') };
}

/** The same text for the same request, whatever the order of its fields. */
function canonical(request: object): string {
  return JSON.stringify(Object.entries(request).filter(([, value]) => value !== undefined).sort(([a], [b]) => (a < b ? -1 : 1)));
}
