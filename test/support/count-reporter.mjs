import { writeSync } from 'node:fs';

/** Ends the run with one plain line, after every other reporter, so that any CI can read the count. */
export default class CountReporter {
  onRunComplete(_contexts, { numPassedTests, numFailedTests, numPendingTests, testResults }) {
    const failed = numFailedTests + testResults.filter((suite) => suite.testExecError).length;
    process.once('exit', () => writeSync(1, `\n${numPassedTests} passed, ${failed} failed, ${numPendingTests} skipped\n`));
  }
}
