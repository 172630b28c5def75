/** `open` refuses every call, `half_open` lets one probe at a time through, `closed` lets everything through. */
export type BreakerState = 'closed' | 'open' | 'half_open';

/**
 * Told what a breaker does, once the breaker has done it. Called synchronously, in the caller's context. It must not
 * throw: the breaker stays consistent if it does, but the guarded call then fails with what the listener threw.
 */
export interface BreakerListener {
  /** The registry made a breaker, closed: its series can begin before anything happens to it. */
  registered?(name: string): void;
  /** `from` is always the `to` of the change before; the first one is from `closed`. */
  stateChanged(change: { readonly name: string; readonly from: BreakerState; readonly to: BreakerState }): void;
  /** A call ended in an error that counts, also when it began too long ago to move the state. */
  failed(name: string): void;
  /** A call was refused without being tried. */
  rejected(name: string): void;
}
