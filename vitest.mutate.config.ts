import { configDefaults, defineConfig } from 'vitest/config';

/** The unit tests that mutants of src/ are tried on; a mutant should fail the tests of its own file. */
export default defineConfig({
  test: {
    include: ['test/unit/**/*.test.ts', 'test/fake-github/**/*.test.ts'],
    exclude: [
      ...configDefaults.exclude,
      // These read the text of the sources, which mutants are written into.
      'test/unit/{json,layers,names}.test.ts',
      'test/unit/workflows/**',
      // These run whole programs for one line each: the stages have tests of their own.
      'test/unit/pipeline/judge-models.test.ts',
      'test/unit/**/*-faults.test.ts',
      'test/unit/runtime/**',
    ],
    testTimeout: 30_000,
    hookTimeout: 30_000,
    pool: 'forks',
  },
});
