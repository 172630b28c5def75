/** Ends the run with one plain line, so that any CI can read the count: `N passed, N failed, N skipped`. */
export default class CountReporter {
  onRunComplete(_contexts, { numPassedTests, numFailedTests, numPendingTests, numFailedTestSuites, testResults }) {
    const brokenSuites = numFailedTestSuites > 0 ? testResults.filter((suite) => suite.testExecError).length : 0;
    process.stdout.write(`\n${numPassedTests} passed, ${numFailedTests + brokenSuites} failed, ${numPendingTests} skipped\n`);
  }
}
