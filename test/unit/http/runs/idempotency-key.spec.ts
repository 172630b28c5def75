import fc from 'fast-check';
import { claimOf } from '../../../../src/http/runs/idempotency-key.js';

const REQUEST = { message: 'Hi', conversation_id: 'conv_1', priority: 0 };
const fingerprint = (request: object) => claimOf('POST /v1/runs', 'key', request)?.fingerprint;

it('a request without a key claims nothing', () => {
  expect(claimOf('POST /v1/runs', undefined, REQUEST)).toBeUndefined();
});

it('a request with a key claims it for its route, and for what it asks', () => {
  expect(claimOf('POST /v1/runs', '8e03978e-40d5-43dd-bc93-6894a57f9324', REQUEST)).toEqual({
    route: 'POST /v1/runs', key: '8e03978e-40d5-43dd-bc93-6894a57f9324', fingerprint: expect.stringMatching(/^[\w-]{43}$/),
  });
});

it.each(['"quoted"', '!', '~', 'a'.repeat(255)])('a key may be any visible ASCII: %s', (key) => {
  expect(claimOf('r', key, REQUEST)).toMatchObject({ key });
});

it.each(['', ' ', 'a b', 'a, b', 'ä', 'a\n', '\n', '\t', '\x7f', '\0', '\u2028', 'a'.repeat(256)])('what is no key is refused, and is not repeated in the answer: %j', (key) => {
  expect(() => claimOf('r', key, REQUEST)).toThrow(expect.objectContaining({
    code: 'invalid_request', errorType: 'validation', publicMessage: 'Idempotency-Key: must be 1 to 255 characters of visible ASCII',
  }));
});

describe('the fingerprint of a request', () => {
  it('is the same for the same request, whatever the order of its fields', () => {
    fc.assert(fc.property(fc.dictionary(fc.string({ minLength: 1 }), fc.jsonValue()), (request) => {
      const turned = Object.fromEntries(Object.entries(request).reverse());
      expect(fingerprint(turned)).toBe(fingerprint(request));
    }), { seed: 20_260_105, numRuns: 200 });
  });

  it('does not tell a field that is left out from one that is undefined', () => {
    expect(fingerprint({ ...REQUEST, user: undefined })).toBe(fingerprint(REQUEST));
  });

  it.each([
    ['another message', { ...REQUEST, message: 'hi' }], ['another priority', { ...REQUEST, priority: 1 }], ['a field less', { message: 'Hi', priority: 0 }], ['a field more', { ...REQUEST, on_busy: 'queue' }],
    ['a number instead of a text', { ...REQUEST, priority: '0' }], ['null instead of nothing', { ...REQUEST, user: null }], ['values that have changed places', { ...REQUEST, message: 'conv_1', conversation_id: 'Hi' }],
  ])('is another one for %s', (_what, request) => {
    expect(fingerprint(request)).not.toBe(fingerprint(REQUEST));
  });

  it('does not show what was asked', () => {
    expect(fingerprint({ message: 'my secret' })).not.toContain('secret');
  });
});
