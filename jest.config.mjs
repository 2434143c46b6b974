/** Levels of test by suffix: *.test.ts pure, *.itest.ts real broker or database, *.e2e.ts the system as a user starts it. */
export default {
  // Only what hangs for ever is ended so. A test that waits for a state gives up by itself, sooner, and says what was the case.
  testTimeout: 300_000,
  testMatch: ['<rootDir>/{apps,libs,local,services,test,verification,bench}/**/*.{test,itest,e2e}.ts'],
  testSequencer: '<rootDir>/test/spread-systems.mjs',
  modulePathIgnorePatterns: ['<rootDir>/dist', '<rootDir>/.hito'],
  globalSetup: '<rootDir>/test/temporary-folder/make.mjs',
  globalTeardown: '<rootDir>/test/temporary-folder/check.mjs',
  extensionsToTreatAsEsm: ['.ts'],
  testEnvironmentOptions: { customExportConditions: ['source', 'node', 'node-addons'] },
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true },
          target: 'es2024',
        },
        module: { type: 'es6' },
      },
    ],
  },
};
