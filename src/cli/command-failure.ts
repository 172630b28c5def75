import { Failure } from '../kernel/failure.js';
import { redactText } from '../kernel/redaction.js';

/** sysexits.h EX_CONFIG: starting again will not help before somebody has looked after the store. */
const EXIT_CONFIG = 78;
const STORE_REFUSED = new Set(['store_locked', 'store_corrupt', 'store_too_new']);

/** A command failed: says why on stderr, in words for an expected failure, and makes the exit code tell. */
export function reportCommandFailure(error: unknown): void {
  process.exitCode = error instanceof Failure && STORE_REFUSED.has(error.code) ? EXIT_CONFIG : 1;
  const text = error instanceof Failure ? error.publicMessage : error instanceof Error ? error.stack ?? error.message : String(error);
  process.stderr.write(`${redactText(text)}\n`);
}
