import { ensureBuilt } from '../../bin/build.mjs';

/** Runs once, before any test: the end-to-end tests start the built application. Unit tests alone do not need it. */
export default function globalSetup({ testPathPatterns }) {
  const patterns = testPathPatterns?.patterns ?? [];
  if (patterns.length === 0 || !patterns.every((pattern) => pattern.includes('test/unit'))) ensureBuilt();
}
