import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { measured } from './command.ts';

/** The Python that users have: `PYTHON` names another. */
const PYTHON = process.env.PYTHON ?? 'python3';

/** The versions of packages, or undefined where Python or one of them is not at hand. */
export function versionsOf(packages: readonly string[]): string | undefined {
  const script = `import ${packages.join(', ')}\nprint(', '.join(f'{p.__name__} {p.__version__}' for p in (${packages.join(', ')},)))`;
  const { status, stdout } = spawnSync(PYTHON, ['-c', script], { encoding: 'utf8' });
  return status === 0 ? stdout.trim().split('\n').at(-1) : undefined;
}

/**
 * Runs a script of this folder.
 *
 * @returns the map that it printed last, and MiB at its peak
 * @throws Error with what it printed when it fails
 */
export function python<T>(script: string, job: object, folder: string): { result: T; peak: number } {
  const command = [PYTHON, resolve(import.meta.dirname, script), JSON.stringify(job)] as const;
  const { stdout, peak } = measured(command, folder);
  return { result: JSON.parse(stdout.trim().split('\n').at(-1)!), peak };
}
