import { defineConfig } from 'vitest/config';

interface ProjectSettings {
  /** Below test/. */
  readonly folders?: string[];
  readonly testTimeout: number;
  readonly globalSetup?: string[];
  /** Whether each file has a process of its own. */
  readonly isolate?: boolean;
}

const project = (
  name: string,
  { folders = [name], testTimeout, globalSetup = [], isolate = true }: ProjectSettings,
) => ({
  test: {
    name,
    include: folders.map((folder) => `test/${folder}/**/*.test.ts`),
    testTimeout,
    hookTimeout: testTimeout,
    globalSetup,
    pool: 'forks' as const,
    isolate,
  },
});

/** These run what ships: the packed project, in a folder of its own. */
const globalSetup = ['test/support/install-packed.ts'];

export default defineConfig({
  test: {
    projects: [
      // Most of these files take longer to load what they test than to test it: a process runs many of them.
      project('unit', { folders: ['unit', 'fake-github'], testTimeout: 30_000, isolate: false }),
      // They put something in a module's place, or measure the memory of their process.
      project('alone', { testTimeout: 30_000 }),
      project('acceptance', { testTimeout: 120_000, globalSetup }),
      project('corpus', { testTimeout: 600_000, globalSetup }),
    ],
  },
});
