import { Failure } from '../kernel/failure.js';
import { redactText } from '../kernel/redaction.js';

/** A command failed: says why on stderr, in words for an expected failure, and makes the exit code tell. */
export function reportCommandFailure(error: unknown): void {
  process.exitCode = 1;
  const text = error instanceof Failure ? error.publicMessage : error instanceof Error ? error.stack ?? error.message : String(error);
  process.stderr.write(`${redactText(text)}\n`);
}
