import { Steps } from '../../src/agent/steps.js';
import type { RunEventSink } from '../../src/agent/run-event.js';

/** The steps of a run of which nothing is on record and nothing is kept. */
export function freshSteps(emit: RunEventSink): Steps {
  return new Steps([], { emit, save: async () => undefined, mayBegin: () => undefined });
}
