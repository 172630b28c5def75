// Mutation testing: breaks the state machines on purpose, one place at a time, and counts how often a test notices. Slow, so no
// part of `npm test`. `test/support/mutate.mjs` runs it in parts, and says with SPECS which tests belong to one.

export default {
  mutate: [
    'src/resilience/{retry,retry-rules,retry-budget,circuit-breaker,breaker-window,bulkhead,drain-rate,deadline,policy}.ts',
    'src/agent/history/*.ts',
  ],
  testRunner: 'jest',
  testRunnerNodeArgs: ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'],
  jest: {
    projectType: 'custom',
    // Added to jest.config.mjs. These tests need no built application.
    config: { globalSetup: null, testMatch: [`<rootDir>/test/unit/${process.env.SPECS ?? '{resilience,agent/history}/**/*'}.spec.ts`] },
    enableFindRelatedTests: false,
  },
  coverageAnalysis: 'perTest',
  ignorePatterns: ['dist', 'coverage', 'reports'],
  concurrency: 2,
  // Long, or a busy machine would count as a test that notices.
  timeoutMS: 20_000,
  thresholds: { high: 90, low: 80, break: 80 },
  reporters: ['clear-text', 'progress', 'html', 'json'],
  clearTextReporter: { allowColor: false, reportTests: false },
  tempDirName: '.stryker-tmp',
};
