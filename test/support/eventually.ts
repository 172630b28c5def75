import { setTimeout as pause } from 'node:timers/promises';

/** Milliseconds that something may take to happen before a test gives up on it. */
const PATIENCE_MILLISECONDS = 10_000;

/** Waits until something holds, looking every few milliseconds. @throws Error when it does not within ten seconds */
export async function eventually(holds: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + PATIENCE_MILLISECONDS;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`This did not become true: ${holds.toString()}`);
    await pause(5);
  }
}
