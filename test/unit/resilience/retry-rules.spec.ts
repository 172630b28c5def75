import * as fc from 'fast-check';
import { ERROR_TYPES, Failure, type ErrorType } from '../../../src/kernel/failure.js';
import { askedMilliseconds, backoffMilliseconds, LONGEST_WAIT_MILLISECONDS, retryReason, type RetryReason } from '../../../src/resilience/retry-rules.js';

const failure = (errorType: ErrorType, details: { retryable?: boolean; partial?: boolean } = {}) => new Failure('x', { errorType, publicMessage: 'It broke.', retryable: true, ...details });

describe('what is tried again', () => {
  it.each<[ErrorType, RetryReason]>([
    ['rate_limit_error', 'rate_limit'], ['overloaded_error', 'overloaded'], ['timeout', 'timeout'], ['connection_error', 'connection'],
    ['api_error', 'server_error'], ['bad_response', 'bad_response'],
  ])('%s is, and is counted as %s', (errorType, reason) => {
    expect(retryReason(failure(errorType))).toBe(reason);
  });

  it('is a request that the upstream calls bad but worth repeating', () => {
    expect(retryReason(failure('invalid_request_error'))).toBe('server_error');
  });

  it.each(ERROR_TYPES)('is never %s when the upstream says that it would fail again', (errorType) => {
    expect(retryReason(failure(errorType, { retryable: false }))).toBeUndefined();
  });

  it.each(ERROR_TYPES)('is never %s when a part of the answer was seen', (errorType) => {
    expect(retryReason(failure(errorType, { partial: true }))).toBeUndefined();
  });

  it('is never a call that the breaker refused: it would be refused again', () => {
    expect(retryReason(failure('circuit_open'))).toBeUndefined();
  });

  it.each([[new Error('bug')], [new DOMException('left', 'AbortError')], [{ errorType: 'api_error', retryable: true }], ['api_error'], [null], [undefined]])('is never what nobody classified: %p', (thrown) => {
    expect(retryReason(thrown)).toBeUndefined();
  });
});

describe('the wait before the next attempt', () => {
  const ceilings: readonly [RetryReason, readonly number[]][] = [
    ['timeout', [500, 1_000, 2_000, 4_000, 8_000, 8_000, 8_000]], ['connection', [500, 1_000, 2_000, 4_000, 8_000, 8_000, 8_000]],
    ['server_error', [500, 1_000, 2_000, 4_000, 8_000, 8_000, 8_000]], ['bad_response', [500, 1_000, 2_000, 4_000, 8_000, 8_000, 8_000]],
    ['rate_limit', [1_000, 2_000, 4_000, 8_000, 8_000, 8_000, 8_000]], ['overloaded', [1_000, 2_000, 4_000, 8_000, 8_000, 8_000, 8_000]],
  ];

  it.each(ceilings)('after %s doubles up to eight seconds', (reason, expected) => {
    expect(expected.map((_, index) => backoffMilliseconds(reason, index + 1, () => 1))).toEqual(expected);
  });

  it('is anything from next to nothing to all of it, so that callers who failed together come back apart', () => {
    fc.assert(fc.property(fc.constantFrom(...ceilings), fc.nat(6), fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), ([reason, limits], index, random) => {
      const ceiling = limits[index] ?? NaN;
      const wait = backoffMilliseconds(reason, index + 1, () => random);
      expect(wait).toBe(Math.max(50, random * ceiling));
      expect(wait).toBeLessThanOrEqual(ceiling);
    }), { seed: 13, numRuns: 500 });
  });

  it('is at least 50 ms: at once would meet the same trouble', () => {
    expect(backoffMilliseconds('timeout', 1, () => 0)).toBe(50);
    expect(backoffMilliseconds('timeout', 1, () => 0.2)).toBe(100);
  });

  it('that the upstream asked for is never shortened, and lengthened by at most 0.51 s', () => {
    fc.assert(fc.property(fc.nat(10), fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (seconds, random) => {
      const wait = askedMilliseconds(seconds, () => random);
      expect(wait).toBeCloseTo(seconds * 1_000 + 10 + random * 500, 6);
      expect(wait).toBeGreaterThan(seconds * 1_000);
      expect(wait).toBeLessThanOrEqual(seconds * 1_000 + 510);
    }), { seed: 14, numRuns: 300 });
  });

  it('is kept for an upstream that asks for ten seconds, and no longer', () => {
    expect(LONGEST_WAIT_MILLISECONDS).toBe(10_000);
  });
});
