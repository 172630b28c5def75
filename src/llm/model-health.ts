import { Injectable } from '@nestjs/common';
import { errorTypeOf, type ErrorType } from '../kernel/failure.js';

/** What no retry mends and no breaker tells: somebody has to change a setting or pay a bill. */
const NEEDS_SOMEBODY: { readonly [E in ErrorType]?: string } = {
  authentication_error: 'the model API refuses the key', permission_error: 'the key may not use this model',
  billing_error: 'the account can not be charged', not_found_error: 'the model does not exist',
};

/** What the last calls showed of each model, so that a readiness probe can tell without making one, which would cost money. */
@Injectable()
export class ModelHealth {
  private readonly known = new Map<string, string>();

  /** Models that need somebody's attention: name → why, in words for a person. */
  get problems(): ReadonlyMap<string, string> {
    return this.known;
  }

  answered(model: string): void {
    this.known.delete(model);
  }

  failed(model: string, error: unknown): void {
    const problem = NEEDS_SOMEBODY[errorTypeOf(error)];
    if (problem) this.known.set(model, problem);
  }
}
