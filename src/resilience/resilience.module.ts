import { Module } from '@nestjs/common';
import { Clock, SystemClock } from '../kernel/clock.js';
import { Observer } from '../kernel/observer.js';
import { BreakerRegistry } from './breaker-registry.js';
import type { BreakerListener, BreakerState } from './circuit-breaker.js';

/** Owns the clock and the breakers, and shows the observer what the breakers do. */
@Module({
  providers: [
    { provide: Clock, useClass: SystemClock },
    { provide: BreakerRegistry, inject: [Clock, Observer], useFactory: (clock: Clock, observer: Observer) => new BreakerRegistry(clock, shownTo(observer)) },
  ],
  exports: [Clock, BreakerRegistry],
})
export class ResilienceModule {}

function shownTo(observer: Observer): BreakerListener {
  return {
    registered: (name) => observer.note('breaker.registered', { name, ...oneHot('closed') }),
    stateChanged: ({ name, from, to }) => observer.note('breaker.changed', { name, from, to, ...oneHot(to) }),
    failed: (name) => observer.note('breaker.failed', { name }),
    rejected: (name) => observer.note('breaker.rejected', { name }),
  };
}

function oneHot(state: BreakerState): { closed: number; open: number; half_open: number } {
  return { closed: Number(state === 'closed'), open: Number(state === 'open'), half_open: Number(state === 'half_open') };
}
