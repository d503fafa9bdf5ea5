import { realpath } from 'node:fs/promises';
import { join, posix, relative, sep } from 'node:path';
import type { Config, ModelConfig } from '../config/config.ts';
import { UserError } from '../errors.ts';
import type { ChangedFile } from '../github/pull-request.ts';
import { readExternalNames } from '../onnx/staging.ts';
import type { ConfigPlace } from './config-place.ts';

/** A file or folder that a verdict depends on, by its path in the repository. */
export interface Watched {
  readonly path: string;
  readonly kind: 'configuration' | 'model' | 'data' | 'module';
}

/**
 * All files that the verdicts of a configuration depend on; undefined where that cannot be told: a module of the user's
 * own reads what it likes, and a model that cannot be read does not tell its external data.
 */
export async function watchedBy(config: Config, place: ConfigPlace): Promise<readonly Watched[] | undefined> {
  const named = namedBy(config, place.folder);
  if (named.some(({ kind }) => kind === 'module')) return undefined;
  const external = await Promise.all(
    named.flatMap(({ path, kind }) => (kind === 'model' ? externalOf(path, place.root) : [])),
  );
  if (external.includes(undefined)) return undefined;
  const all = [...named, ...external.flatMap((each) => each ?? [])];
  const behindLinks = await Promise.all(all.map((each) => realOf(each, place.root)));
  return [{ path: place.inRepository, kind: 'configuration' }, ...all, ...behindLinks];
}

/**
 * The models, data and modules that a configuration names.
 *
 * @param folder of the configuration in the repository, which its paths are relative to
 */
export function namedBy({ models }: Config, folder: string): readonly Watched[] {
  const at = (path: string) => posix.join(folder, path);
  return models.flatMap((model) => [
    { path: at(model.path), kind: 'model' as const },
    ...dataOf(model).map((path) => {
      if (/\.m?js$/.test(path)) return { path: at(path), kind: 'module' as const };
      // The images of a list lie anywhere below its folder.
      return { path: at(path.endsWith('.csv') ? posix.dirname(path) : path), kind: 'data' as const };
    }),
  ]);
}

/** Whether a change of this file may change what is watched; either may be a folder, or a submodule. */
export function touches({ path, previousPath }: ChangedFile, watched: Watched): boolean {
  return [path, ...(previousPath === undefined ? [] : [previousPath])].some(
    (each) => isWithin(each, watched.path) || isWithin(watched.path, each),
  );
}

function isWithin(path: string, folder: string): boolean {
  return folder === '.' || path === folder || path.startsWith(`${folder}/`);
}

function dataOf({ calibration, evaluation }: ModelConfig): string[] {
  const { labels, metric } = evaluation;
  const inputs = [calibration, evaluation].flatMap(({ inputs }) =>
    typeof inputs === 'string' ? inputs : [...inputs.values()],
  );
  return [
    ...inputs,
    ...(labels === undefined ? [] : [labels]),
    ...('module' in metric ? [metric.module] : []),
  ];
}

async function externalOf(path: string, root: string): Promise<readonly Watched[] | undefined> {
  try {
    const names = await readExternalNames(join(root, path), path);
    return names.map((name) => ({ path: posix.join(posix.dirname(path), name), kind: 'model' }));
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

async function realOf({ path, kind }: Watched, root: string): Promise<Watched> {
  const real = await realpath(join(root, path)).catch(() => join(root, path));
  const base = await realpath(root);
  return { path: relative(base, real).split(sep).join(posix.sep), kind };
}
