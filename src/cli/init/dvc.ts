import { posix } from 'node:path';
import { z } from 'zod';
import { readYaml } from '../../config/yaml.ts';
import { UserError } from '../../errors.ts';

const out = z.object({ path: z.string().max(1024) });
const lock = z.object({ stages: z.record(z.string(), z.object({ outs: z.array(out).optional() })) });

/** Relative paths of what the stages of a `dvc.lock` make; none where it is no such file. */
export function dvcOutputs(text: string): string[] {
  try {
    const parsed = lock.safeParse(readYaml(text, 'dvc.lock').value);
    const stages = Object.values(parsed.data?.stages ?? {});
    return stages.flatMap(({ outs = [] }) => outs.map(({ path }) => posix.normalize(path)));
  } catch (error) {
    if (error instanceof UserError) return [];
    throw error;
  }
}

/**
 * What DVC tracks: what a `.dvc` file stands beside, and what stages make.
 *
 * @param files relative paths of all files that were found
 * @param outputs of `dvc.lock`
 */
export function dvcPaths(files: readonly string[], outputs: readonly string[]): string[] {
  const named = files.filter((path) => path.endsWith('.dvc')).map((path) => path.slice(0, -'.dvc'.length));
  return [...new Set([...named, ...outputs])].filter((path) => path !== '').sort();
}
