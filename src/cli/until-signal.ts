import type { WorkerSettings } from '../settings/settings.js';

/** Milliseconds beyond DRAIN_TIMEOUT after which a drain that hangs is cut off: inside the 30 s that Kubernetes gives by default. */
const HANGING_MILLISECONDS = 4_500;

/** Why a command is to end: it was asked to, or an error that nobody caught leaves it no choice (`Crash` tells of it). */
export type EndReason = NodeJS.Signals | NodeJS.UncaughtExceptionOrigin;

/**
 * Resolves with the first SIGTERM or SIGINT, or with the first error that nobody caught. A second signal, or a drain that takes
 * too long, ends the process at once.
 */
export function untilSignal({ drainMilliseconds }: Pick<WorkerSettings, 'drainMilliseconds'>): Promise<EndReason> {
  return new Promise((resolve) => {
    let ending = false;
    const end = (reason: EndReason) => {
      if (ending) return;
      ending = true;
      setTimeout(() => process.exit(1), drainMilliseconds + HANGING_MILLISECONDS).unref();
      resolve(reason);
    };
    let asked = false;
    const ask = (signal: NodeJS.Signals) => {
      if (asked) process.exit(130);
      asked = true;
      end(signal);
    };
    process.on('SIGTERM', ask);
    process.on('SIGINT', ask);
    process.on('uncaughtException', (_error, origin) => end(origin));
  });
}
