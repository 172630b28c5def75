import type { FactName } from '../../src/kernel/facts.js';
import type { Observation } from '../../src/kernel/observer.js';
import { CompositeObserver } from '../../src/observability/composite-observer.js';

/** Remembers what it was shown. With it a test asserts instrumentation without any telemetry library. */
export class RecordingObserver extends CompositeObserver {
  readonly seen: Observation[];
  readonly facts: { readonly fact: FactName; readonly detail: object }[];

  constructor() {
    const seen: Observation[] = [];
    const facts: { readonly fact: FactName; readonly detail: object }[] = [];
    super([{
      begin: (observation) => {
        seen.push(observation);
        return { end: () => undefined };
      },
      note: (fact, detail) => void facts.push({ fact, detail }),
    }], (error) => { throw error; });
    this.seen = seen;
    this.facts = facts;
  }
}
