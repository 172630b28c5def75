import { setTimeout as pause } from 'node:timers/promises';

/** Milliseconds that something may take to happen before a test gives up on it. */
const PATIENCE_MILLISECONDS = 10_000;

/** Waits until something holds, looking every few milliseconds. @throws Error when it does not in time, ten seconds by default */
export async function eventually(holds: () => boolean | Promise<boolean>, milliseconds = PATIENCE_MILLISECONDS): Promise<void> {
  const end = performance.now() + milliseconds;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`This did not become true: ${holds.toString()}`);
    await pause(5);
  }
}
