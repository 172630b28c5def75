import { alreadyKnown } from '../../../src/agent/idempotency.js';

it('the same request, which is still carried out, may be made again a little later', () => {
  expect(alreadyKnown(true)).toMatchObject({ code: 'idempotency_in_flight', errorType: 'idempotency_conflict', retryable: true, retryAfterSeconds: 1 });
});

it('another request under the same key will never be accepted', () => {
  expect(alreadyKnown(false)).toMatchObject({ code: 'idempotency_key_reused', errorType: 'idempotency_mismatch', retryable: false, retryAfterSeconds: undefined });
});
