/** @type {import('jest').Config} */
export default {
  rootDir: '.',
  testEnvironment: 'node',
  maxWorkers: 2, // most tests wait for something: one worker would leave two cores idle
  testMatch: ['<rootDir>/test/**/*.spec.ts'],
  // A Prometheus that evaluates ten times a second leaves too little of two cores for a neighbour: `npm run test:stack` runs them alone.
  testPathIgnorePatterns: ['/node_modules/', ...(process.env.STACK === '1' ? [] : ['<rootDir>/test/stack/'])],
  globalSetup: '<rootDir>/test/support/global-setup.mjs',
  setupFiles: ['<rootDir>/test/support/setup.mjs'],
  reporters: ['default', '<rootDir>/test/support/count-reporter.mjs'],
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  testTimeout: 30_000,
  transform: {
    '^.+\\.ts$': ['@swc/jest', {
      jsc: {
        target: 'es2024',
        parser: { syntax: 'typescript', decorators: true },
        transform: { legacyDecorator: true, decoratorMetadata: true },
        keepClassNames: true,
      },
      module: { type: 'es6' },
      sourceMaps: 'inline',
    }],
  },
};
