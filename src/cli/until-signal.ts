/** Milliseconds after which a drain that hangs is cut off, well inside the 30 s that Kubernetes gives by default. */
const DRAIN_MILLISECONDS = 25_000;

/** Resolves with the first SIGTERM or SIGINT. A second one, or a drain that takes too long, ends the process at once. */
export function untilSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    const first = (signal: NodeJS.Signals) => {
      for (const each of ['SIGTERM', 'SIGINT'] as const) {
        process.off(each, first);
        process.once(each, () => process.exit(130));
      }
      setTimeout(() => process.exit(1), DRAIN_MILLISECONDS).unref();
      resolve(signal);
    };
    process.on('SIGTERM', first);
    process.on('SIGINT', first);
  });
}
