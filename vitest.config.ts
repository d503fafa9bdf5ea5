import { defineConfig } from 'vitest/config';

const project = (name: string, testTimeout: number, globalSetup: string[] = []) => ({
  test: {
    name,
    include: [`test/${name}/**/*.test.ts`],
    testTimeout,
    hookTimeout: testTimeout,
    globalSetup,
    pool: 'forks' as const,
  },
});

/** These run what ships: the packed project, in a folder of its own. */
const packed = ['test/support/install-packed.ts'];

export default defineConfig({
  test: {
    projects: [
      project('unit', 30_000),
      project('acceptance', 120_000, packed),
      project('corpus', 600_000, packed),
    ],
  },
});
