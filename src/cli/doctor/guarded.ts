import { lstat } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { isImageList, namedBy } from '../../action/change/watched-files.ts';
import { baselineFile } from '../../baseline/store.ts';
import type { Config } from '../../config/config.ts';
import { parseImageList } from '../../data/images/image-list.ts';
import { UserError } from '../../errors.ts';
import { actionFile } from '../../github/quantgate-step.ts';
import { findFiles, readSmall } from '../find-files.ts';
import { reachedFrom } from './relative-imports.ts';

/** Files of a folder or list whose owners are looked for. */
const MOST_FILES = 10_000;

/** A part of a repository that decides on what the gate demands. */
export interface Guarded {
  /** What needs an owner: a file, or a folder with a slash behind it. */
  readonly path: string;
  /** The files of it. */
  readonly files: readonly string[];
}

function guardedFolder(path: string, files: readonly string[]): Guarded {
  return { path: path === '.' ? '**' : `${path}/`, files: files.slice(0, MOST_FILES) };
}

export function guardedFile(path: string): Guarded {
  return { path, files: [path] };
}

/** What a copy of quantgate in the repository runs. */
export async function guardedAction(folder: string, root: string): Promise<Guarded[]> {
  const code = await Promise.all(
    ['dist', 'runtime'].map((name) => guardedData(posix.join(folder, name), root)),
  );
  return [guardedFile(actionFile(folder)), ...code.flat()];
}

/**
 * What a configuration judges by, as it lies in a working tree: data and labels with the images of lists, modules with
 * what they reach, and the folder of stored baselines. Models are not among it: they are what is proposed.
 *
 * @param folder of the configuration in the repository
 */
export async function guardedBy(config: Config, folder: string, root: string): Promise<Guarded[]> {
  // A link may lead out, where nothing is read.
  const named = (await namedBy(config, { root, folder })).filter(({ path }) => !/^\.\.(\/|$)/.test(path));
  const paths = (kind: string) => [
    ...new Set(named.flatMap((each) => (each.kind === kind ? each.path : []))),
  ];
  const data = await Promise.all(paths('data').map((path) => guardedData(path, root)));
  const reached = (await Promise.all(paths('module').map((path) => reachedFrom(path, root)))).flat();
  const models = paths('model');
  const modules = [...new Set(reached)].filter((path) => !models.includes(path));
  return [...data.flat(), ...modules.map(guardedFile), ...guardedBaselines(config, folder)];
}

async function guardedData(path: string, root: string): Promise<Guarded[]> {
  // What DVC keeps is not in git; this file says which content it has.
  const isOfDvc = (await kindOf(`${path}.dvc`, root)) === 'file';
  if (isOfDvc) return [guardedFile(`${path}.dvc`)];
  if ((await kindOf(path, root)) === 'folder') {
    const files = (await findFiles(join(root, path), [''])).map((file) => `${path}/${file}`);
    return [guardedFolder(path, files.length > 0 ? files : [`${path}/new`])];
  }
  if (!isImageList(path)) return [guardedFile(path)];
  const images = (await imagesOf(path, root)).map((file) => posix.join(posix.dirname(path), file));
  return [guardedFile(path), guardedFolder(posix.dirname(path), images)];
}

const MAX_LIST_BYTES = 2 ** 26;

async function imagesOf(path: string, root: string): Promise<readonly string[]> {
  const text = await readSmall(join(root, path), MAX_LIST_BYTES);
  try {
    return text === undefined ? [] : parseImageList(text, path).files;
  } catch (error) {
    // The gate says what is wrong with it.
    if (error instanceof UserError) return [];
    throw error;
  }
}

function guardedBaselines({ baseline, models }: Config, folder: string): Guarded[] {
  if (typeof baseline !== 'string') return [];
  const path = posix.join(folder, baseline).replace(/\/$/, '');
  const files = models.map(({ name }) => posix.join(path, baselineFile(name)));
  return [guardedFolder(path, files)];
}

async function kindOf(path: string, root: string): Promise<'file' | 'folder' | undefined> {
  const info = await lstat(join(root, path)).catch(() => undefined);
  if (info?.isDirectory()) return 'folder';
  return info?.isFile() ? 'file' : undefined;
}
