import { stat } from 'node:fs/promises';
import { join, posix } from 'node:path';
import type { Config } from '../../config/config.ts';
import { readImageList } from '../../data/images/image-list.ts';
import { UserError } from '../../errors.ts';
import type { Tree } from '../../github/tree.ts';
import type { ConfigPlace } from './config-place.ts';
import { isImageList, placesOf, watchedBy } from './watched-files.ts';

/** What decides which content a tracked file gets, or where data come from: DVC's and Git LFS's own files. */
const SOURCES =
  /(^|\/)([^/]+\.dvc|dvc\.lock|dvc\.yaml|\.dvc\/config|\.lfsconfig|\.gitattributes|\.gitmodules)$/;

/** Whether a file decides the content of others. */
export function decidesContent(path: string): boolean {
  return SOURCES.test(path);
}

/** A path whose content verdicts depend on. */
export interface ContentPath {
  readonly path: string;
  /** It need not be there: what would say where content comes from. */
  readonly isOptional: boolean;
}

/**
 * Every path whose content the verdicts of a configuration depend on, images of lists among them, and what it tells to
 * watch, with the links that lead there; undefined where that cannot be told.
 *
 * @param tree of the base
 */
export async function contentPaths(
  config: Config,
  place: ConfigPlace,
  tree: Tree,
): Promise<readonly ContentPath[] | undefined> {
  const watched = await watchedBy(config, place);
  if (watched === undefined) return undefined;
  const paths = watched.map(({ path }) => path);
  try {
    const images = await Promise.all(paths.filter(isImageList).map((path) => imagesOf(path, place.root)));
    const told = config.watch.map((path) => posix.join(place.folder, path).replace(/\/$/, ''));
    const behind = await Promise.all([...images.flat(), ...told].map((path) => placesOf(path, place.root)));
    const sources = [...tree.keys()].filter(decidesContent);
    const needed = new Set([...paths, ...behind.flat()]);
    const optional = new Set([...sources, ...[...needed].flatMap(sourcesBeside)]);
    return [
      ...[...needed].map((path) => ({ path, isOptional: false })),
      ...[...optional].filter((path) => !needed.has(path)).map((path) => ({ path, isOptional: true })),
    ];
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

async function imagesOf(path: string, root: string): Promise<string[]> {
  const file = join(root, path);
  const size = await stat(file).then(
    (found) => found.size,
    () => 0,
  );
  // A link on the way to a list leads to it, and is no list.
  if (size === 0) return [];
  const { files } = await readImageList(file, path);
  return files.map((name) => posix.join(posix.dirname(path), name));
}

/** Where a file that a change adds would decide on a path. */
export function sourcesBeside(path: string): string[] {
  const folder = posix.dirname(path);
  return [
    `${path}.dvc`,
    ...['dvc.lock', 'dvc.yaml', '.lfsconfig', '.gitattributes'].map((name) => posix.join(folder, name)),
    ...(folder === '.' ? ['.gitmodules', '.dvc/config'] : sourcesBeside(folder)),
  ];
}
