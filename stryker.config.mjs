import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** @type {import('@stryker-mutator/api/core').PartialStrykerOptions} */
export default {
  mutate: ['src/**/*.ts', '!src/onnx/gen/**', '!src/numerics/gen/**'],
  testRunner: 'vitest',
  plugins: ['@stryker-mutator/vitest-runner'],
  vitest: { configFile: 'vitest.mutate.config.ts', related: true },
  coverageAnalysis: 'perTest',
  concurrency: 1,
  timeoutMS: 10_000,
  // Not in this folder, where linters and tests would find the copy of the sources that a killed run leaves behind.
  tempDirName: join(tmpdir(), 'quantgate-mutate'),
  ignorePatterns: ['dist', 'bench', 'reports', 'test/acceptance', 'test/corpus'],
  // Stryker would rewrite tsconfig.json by an API that TypeScript 7 does not have: no such file, no rewriting.
  tsconfigFile: 'no-tsconfig.json',
  reporters: ['clear-text', 'progress-append-only', 'html', 'json'],
  clearTextReporter: { allowEmojis: false, logTests: false, reportTests: false },
};
