import { createContext, runInContext } from 'node:vm';
import { ERROR_TYPES, Failure, type ErrorType } from '../../../src/kernel/failure.js';
import { DEFAULT_BREAKER_SETTINGS } from '../../../src/resilience/breaker-settings.js';

const { countsAsFailure } = DEFAULT_BREAKER_SETTINGS;
const COUNTING: readonly ErrorType[] = ['connection_error', 'timeout', 'api_error', 'overloaded_error', 'bad_response', 'execution', '_OTHER'];

describe('the errors that speak against an upstream', () => {
  it.each(COUNTING)('%s counts', (errorType) => {
    expect(countsAsFailure(new Failure('any_code', { errorType, publicMessage: 'It broke.' }))).toBe(true);
  });

  it.each(ERROR_TYPES.filter((errorType) => !COUNTING.includes(errorType)))('%s does not count', (errorType) => {
    expect(countsAsFailure(new Failure('any_code', { errorType, publicMessage: 'It broke.' }))).toBe(false);
  });

  it.each([[new TypeError('terminated')], ['a text'], [undefined], [null], [{}], [{ errorType: 'not in the list' }]])('an unknown %p counts', (thrown) => {
    expect(countsAsFailure(thrown)).toBe(true);
  });

  it('an abort does not count, a platform timeout does', () => {
    expect(countsAsFailure(new DOMException('gone', 'AbortError'))).toBe(false);
    expect(countsAsFailure(new DOMException('late', 'TimeoutError'))).toBe(true);
  });

  it('a failure from another realm is read by its fields', () => {
    const foreign: unknown = runInContext(`Object.assign(new Error('x'), { errorType: 'validation' })`, createContext({}));
    expect(foreign instanceof Error).toBe(false);
    expect(countsAsFailure(foreign)).toBe(false);
  });
});
