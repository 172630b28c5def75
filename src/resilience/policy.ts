/**
 * Something that can fail. `responded` may be called when the upstream begins to answer: what comes after that says nothing
 * about how slow it is, a long answer takes long.
 */
export type Work<R> = (signal: AbortSignal, responded: () => void) => Promise<R>;

/** One way to guard a call to something that can fail. Policies nest: the work of one may be the `execute` of the next. */
export interface Policy {
  /**
   * Runs the work, or refuses to. Rejects with what the work threw, with the policy's own Failure, or with
   * `signal.reason` once the signal is aborted. Work must hand its signal on to whatever it waits for.
   */
  execute<R>(work: Work<R>, signal: AbortSignal): Promise<R>;
}

/** One policy out of several, the first outermost: `wrap(retry, breaker)` asks the breaker for each attempt. */
export function wrap(...policies: readonly [Policy, ...Policy[]]): Policy {
  return policies.reduceRight((inner, outer) => ({
    execute: (work, signal) => outer.execute((outerSignal, outerResponded) => inner.execute((innerSignal, innerResponded) => work(innerSignal, () => {
      innerResponded();
      outerResponded();
    }), outerSignal), signal),
  }));
}

/** For what needs no guard. */
export const UNGUARDED: Policy = { execute: async (work, signal) => work(signal, () => undefined) };
