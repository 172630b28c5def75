import type { Observer } from '../kernel/observer.js';
import type { BreakerListener, BreakerState } from './breaker-listener.js';
import type { BulkheadListener } from './bulkhead.js';
import type { LoadListener } from './load-shedder.js';
import type { RetryListener } from './retry.js';

/** What policies tell, as facts of the catalogue. The policies themselves know no telemetry. */
export function breakerShownTo(observer: Observer): BreakerListener {
  return {
    registered: (name) => observer.note('breaker.registered', { name, ...oneHot('closed') }),
    stateChanged: ({ name, from, to }) => observer.note('breaker.changed', { name, from, to, ...oneHot(to) }),
    failed: (name) => observer.note('breaker.failed', { name }),
    rejected: (name) => observer.note('breaker.rejected', { name }),
  };
}

export function retryShownTo(observer: Observer): RetryListener {
  return {
    scheduled: ({ reason, attempt, delayMilliseconds }) => {
      observer.note('retry.scheduled', { operation: 'llm', reason, attempt, delay_seconds: delayMilliseconds / 1_000 });
    },
    denied: ({ reason, why }) => observer.note('retry.denied', { operation: 'llm', reason, why }),
  };
}

export function bulkheadShownTo(observer: Observer): BulkheadListener {
  return {
    queued: (depth) => observer.note('queue.counted', { depth }),
    admitted: (waitedMilliseconds) => observer.note('queue.left', { wait_seconds: waitedMilliseconds / 1_000 }),
  };
}

export function loadShownTo(observer: Observer): LoadListener {
  return {
    changed: (cause, { lagMilliseconds, heapRatio }) => observer.note('load.changed', {
      shedding: Number(cause !== undefined), cause: cause ?? 'none', lag_seconds: lagMilliseconds / 1_000, heap_ratio: heapRatio,
    }),
    shed: (cause) => observer.note('load.shed', { cause }),
  };
}

function oneHot(state: BreakerState): { closed: number; open: number; half_open: number; degraded: number } {
  return { closed: Number(state === 'closed'), open: Number(state === 'open'), half_open: Number(state === 'half_open'), degraded: Number(state !== 'closed') };
}
