import { Failure, type ErrorType } from '../../../src/kernel/failure.js';
import { ModelHealth } from '../../../src/llm/model-health.js';

const failed = (errorType: ErrorType) => new Failure('failed', { errorType, publicMessage: 'failed' });

it.each([
  ['authentication_error', 'the model API refuses the key'], ['permission_error', 'the key may not use this model'],
  ['billing_error', 'the account can not be charged'], ['not_found_error', 'the model does not exist'],
] as const)('says in words what %s asks somebody to do', (errorType, words) => {
  const health = new ModelHealth();
  health.failed('m', failed(errorType));
  expect([...health.problems]).toEqual([['m', words]]);
});

it.each([failed('timeout'), failed('overloaded_error'), failed('invalid_request_error'), new Error('bug'), undefined, null])('does not take what passes, or a bad request, for a problem of the model', (error) => {
  const health = new ModelHealth();
  health.failed('m', error);
  expect(health.problems.size).toBe(0);
});

it('remembers each model apart, until that one answers', () => {
  const health = new ModelHealth();
  health.failed('a', failed('not_found_error'));
  health.failed('b', failed('billing_error'));
  health.answered('a');
  health.answered('c');
  expect([...health.problems.keys()]).toEqual(['b']);
});

it('keeps a problem through failures that tell nothing of it, and takes the last one that does', () => {
  const health = new ModelHealth();
  health.failed('a', failed('authentication_error'));
  health.failed('a', failed('timeout'));
  expect(health.problems.get('a')).toBe('the model API refuses the key');
  health.failed('a', failed('billing_error'));
  expect(health.problems.get('a')).toBe('the account can not be charged');
});
