import { spawnSync } from 'node:child_process';

/** Runs a command at a terminal of its own. Of util-linux. */
export const SCRIPT = 'script';

/**
 * True when the tests that need a terminal must be skipped, because this machine has no `script` of util-linux. That is said
 * aloud, and counted as skipped. In CI they are never skipped: there they fail.
 */
export function withoutTerminal(): boolean {
  if (process.env.CI === 'true' || spawnSync(SCRIPT, ['--version']).status === 0) return false;
  process.stderr.write('The tests at a terminal are SKIPPED: there is no `script` (util-linux) on PATH.\n');
  return true;
}
