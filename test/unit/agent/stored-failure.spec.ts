import { failureFrom, storedFailure } from '../../../src/agent/stored-failure.js';
import { Failure } from '../../../src/kernel/failure.js';

const details = { errorType: 'overloaded_error', retryable: true, retryAfterSeconds: 7, publicMessage: 'Too busy.' } as const;

it('a failure is told again as it was told first', () => {
  const first = new Failure('model_overloaded', { ...details, cause: new Error('secret') });
  const again = failureFrom(JSON.parse(JSON.stringify(storedFailure(first))) as ReturnType<typeof storedFailure>);
  expect(again).toBeInstanceOf(Failure);
  expect(again).toMatchObject({ code: 'model_overloaded', ...details });
});

it('nothing is kept of what caused it', () => {
  const kept = storedFailure(new Failure('model_overloaded', { ...details, cause: new Error('at /home/me:5432') }));
  expect(kept).toEqual({ code: 'model_overloaded', ...details });
});

it('a failure that says nothing of when to try again has no such field', () => {
  const kept = storedFailure(new Failure('llm_auth', { errorType: 'authentication_error', publicMessage: 'no' }));
  expect(Object.keys(kept)).not.toContain('retryAfterSeconds');
  expect(failureFrom(kept)).toMatchObject({ retryable: false, retryAfterSeconds: undefined });
});

it('a secret in its message is not kept', () => {
  const kept = storedFailure(new Failure('llm_auth', { errorType: 'authentication_error', publicMessage: 'refused sk-ant-0123456789abcdef0123456789' }));
  expect(kept.publicMessage).toBe('refused [redacted]');
});

it.each([
  ['an unexpected error', Object.assign(new Error('ENOENT /etc/passwd'), { code: 'ENOENT', publicMessage: 'ENOENT' })], ['an abort', new DOMException('This operation was aborted', 'AbortError')],
  ['a text', 'sk-ant-0123456789abcdef0123456789'], ['nothing', undefined], ['null', null],
])('nothing of %s is kept', (_what, thrown) => {
  expect(storedFailure(thrown)).toEqual({ code: 'internal_error', errorType: '_OTHER', publicMessage: 'Something went wrong on our side.', retryable: false });
});
