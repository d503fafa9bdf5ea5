import { mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf, UserError } from '../errors.ts';
import { type Baseline, readBaseline, writeBaseline } from './baseline.ts';

/** Ample for a million samples of a classifier; a bound for hostile artifacts. */
const MAX_BYTES = 2 ** 29;

export function baselinePath(folder: string, model: string): string {
  return join(folder, `${model}.baseline.json`);
}

/**
 * The stored baseline of a model, or undefined when there is none yet.
 *
 * @throws UserError when there is a file that cannot be read as one
 */
export async function loadBaseline(folder: string, model: string): Promise<Baseline | undefined> {
  const path = baselinePath(folder, model);
  const size = await stat(path).then(
    (s) => s.size,
    () => undefined,
  );
  if (size === undefined) return undefined;
  if (size > MAX_BYTES)
    throw new UserError(`${path} is larger than ${MAX_BYTES} bytes: it is not a baseline`);
  return readBaseline(await readFile(path, 'utf8'), path);
}

/** @throws UserError when the folder cannot be written */
export async function saveBaseline(folder: string, baseline: Baseline): Promise<string> {
  const path = baselinePath(folder, baseline.model);
  try {
    await mkdir(folder, { recursive: true });
    await writeFile(`${path}.part`, writeBaseline(baseline));
    await rename(`${path}.part`, path);
  } catch (error) {
    throw new UserError(`cannot write ${path} (${messageOf(error)}): choose a folder that can be written`);
  }
  return path;
}
