import { Injectable } from '@nestjs/common';
import type { Failure } from '../kernel/failure.js';
import { BreakerRegistry } from './breaker-registry.js';
import { Bulkhead } from './bulkhead.js';
import { DeadlinePolicy } from './deadline.js';
import { LoadShedder } from './load-shedder.js';
import { wrap, type Policy } from './policy.js';
import { Retry } from './retry.js';

export interface CallLimit {
  readonly milliseconds: number;
  /** Made when the time is over. */
  readonly failure: () => Failure;
}

/** Every composition of policies there is. The order is the decision: the first is outermost. */
@Injectable()
export class Guards {
  constructor(
    private readonly breakers: BreakerRegistry,
    private readonly retry: Retry,
    private readonly shedder: LoadShedder,
    private readonly bulkhead: Bulkhead,
  ) {}

  /** A request to the agent that came over the network. Load is looked at first: a queue only makes it worse. */
  request(): Policy {
    return wrap(this.shedder, this.bulkhead);
  }

  /** A call to a model: all attempts share the time, and each asks the breaker. */
  model(name: string, limit: CallLimit): Policy {
    return wrap(new DeadlinePolicy(limit), this.retry, this.breakers.get(`llm:${name}`));
  }

  /** The same for a model that stands in for another: it gets one attempt, for the call has had its own. */
  fallbackModel(name: string, limit: CallLimit): Policy {
    return wrap(new DeadlinePolicy(limit), this.breakers.get(`llm:${name}`));
  }
}
