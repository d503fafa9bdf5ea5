import { defineConfig } from 'vitest/config';

const project = (name: string, { folders = [name], testTimeout, globalSetup = [] }: ProjectSettings) => ({
  test: {
    name,
    include: folders.map((folder) => `test/${folder}/**/*.test.ts`),
    testTimeout,
    hookTimeout: testTimeout,
    globalSetup,
    pool: 'forks' as const,
  },
});

interface ProjectSettings {
  /** Below test/. */
  readonly folders?: string[];
  readonly testTimeout: number;
  readonly globalSetup?: string[];
}

/** These run what ships: the packed project, in a folder of its own. */
const globalSetup = ['test/support/install-packed.ts'];

export default defineConfig({
  test: {
    projects: [
      project('unit', { folders: ['unit', 'fake-github'], testTimeout: 30_000 }),
      project('acceptance', { testTimeout: 120_000, globalSetup }),
      project('corpus', { testTimeout: 600_000, globalSetup }),
    ],
  },
});
