/** One way to guard a call to something that can fail. Policies nest: the work of one may be the `execute` of the next. */
export interface Policy {
  /**
   * Runs the work, or refuses to. Rejects with what the work threw, with the policy's own Failure, or with
   * `signal.reason` once the signal is aborted. Work must hand its signal on to whatever it waits for.
   */
  execute<R>(work: (signal: AbortSignal) => Promise<R>, signal: AbortSignal): Promise<R>;
}
