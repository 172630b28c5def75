import { Module, type OnApplicationBootstrap } from '@nestjs/common';
import { Clock, SystemClock } from '../kernel/clock.js';
import { Observer } from '../kernel/observer.js';
import { ResilienceSettings } from '../settings/settings.js';
import { BreakerRegistry } from './breaker-registry.js';
import { Bulkhead } from './bulkhead.js';
import { Guards } from './guards.js';
import { LoadShedder } from './load-shedder.js';
import { LoadWatch } from './load-watch.js';
import { Retry } from './retry.js';
import { RetryBudget } from './retry-budget.js';
import { breakerShownTo, bulkheadShownTo, loadShownTo, retryShownTo } from './shown-to-observer.js';

/** Owns the clock, the breakers and the limits of what is taken on, and shows the observer what they do. How they are put together: Guards. */
@Module({
  providers: [
    Guards, LoadWatch,
    { provide: Clock, useClass: SystemClock },
    { provide: BreakerRegistry, inject: [Clock, Observer, ResilienceSettings], useFactory: breakers },
    { provide: Bulkhead, inject: [Clock, Observer, ResilienceSettings], useFactory: bulkhead },
    { provide: Retry, inject: [Clock, Observer, ResilienceSettings], useFactory: retry },
    { provide: LoadShedder, inject: [Observer, ResilienceSettings], useFactory: shedder },
  ],
  exports: [Clock, BreakerRegistry, Guards],
})
export class ResilienceModule implements OnApplicationBootstrap {
  constructor(private readonly settings: ResilienceSettings, private readonly observer: Observer) {}

  onApplicationBootstrap(): void {
    this.observer.note('runs.limited', { limit: this.settings.concurrentRuns });
  }
}

/** The doubling of an opening ends at five times the first (60 s and 300 s by default). */
function breakers(clock: Clock, observer: Observer, { breakerOpenMilliseconds: open }: ResilienceSettings): BreakerRegistry {
  return new BreakerRegistry(clock, breakerShownTo(observer), { openMilliseconds: open, openMaximumMilliseconds: 5 * open });
}

/** One for all models, so that they share one budget. */
function retry(clock: Clock, observer: Observer, { llmAttempts }: ResilienceSettings): Retry {
  return new Retry(llmAttempts, new RetryBudget(clock), clock, retryShownTo(observer));
}

function bulkhead(clock: Clock, observer: Observer, settings: ResilienceSettings): Bulkhead {
  const { concurrentRuns: concurrent, queuedRuns: queued, queueMilliseconds: waitMilliseconds } = settings;
  return new Bulkhead({ concurrent, queued, waitMilliseconds }, clock, bulkheadShownTo(observer));
}

function shedder(observer: Observer, { shedLagMilliseconds, shedHeapRatio }: ResilienceSettings): LoadShedder {
  return new LoadShedder({ lagMilliseconds: shedLagMilliseconds, heapRatio: shedHeapRatio }, loadShownTo(observer));
}
