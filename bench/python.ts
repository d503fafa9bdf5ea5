import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';

/** The Python that users have: `PYTHON` names another. */
export const PYTHON = process.env.PYTHON ?? 'python3';

/** The versions of packages, or undefined where Python or one of them is not at hand. */
export function versionsOf(packages: readonly string[]): string | undefined {
  const script = `import ${packages.join(', ')}\nprint(', '.join(f'{p.__name__} {p.__version__}' for p in (${packages.join(', ')},)))`;
  const { status, stdout } = spawnSync(PYTHON, ['-c', script], { encoding: 'utf8' });
  return status === 0 ? stdout.trim().split('\n').at(-1) : undefined;
}

/** A script of this folder as a command, with its job. */
export function pythonJob(script: string, job: object): [string, ...string[]] {
  return [PYTHON, resolve(import.meta.dirname, script), JSON.stringify(job)];
}
