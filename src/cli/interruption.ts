import { Failure } from '../kernel/failure.js';

/** Why an answer ends that a person broke off. */
export function interruption(): Failure {
  return new Failure('interrupted', { errorType: 'aborted', publicMessage: 'Interrupted.' });
}
