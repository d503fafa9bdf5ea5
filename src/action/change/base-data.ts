import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, posix } from 'node:path';
import type { Config } from '../../config/config.ts';
import { type ImageList, parseImageList, readImageList } from '../../data/images/image-list.ts';
import { messageOf, quote, UserError } from '../../errors.ts';
import type { ChangedFiles } from '../../github/pull-request.ts';
import type { Tree } from '../../github/tree.ts';
import { isPointer } from '../../lfs.ts';
import type { Copies } from '../../paths.ts';
import type { ConfigPlace } from './config-place.ts';
import { algorithmOf, contentId } from './content-id.ts';
import { sourcesBeside } from './content-paths.ts';
import { contentOf } from './same-content.ts';
import { dataOf, isImageList, isModule, placesOf, touches } from './watched-files.ts';

/** What there is to have of a base. */
export interface BaseFiles {
  /** Undefined where GitHub does not tell all of it. */
  readonly tree: Tree | undefined;
  /** What the change changes; undefined where GitHub does not tell. */
  readonly changed: ChangedFiles | undefined;
  /** A file's content; undefined where there is none. @throws UserError when it cannot be had */
  read(path: string): Promise<Uint8Array | undefined>;
}

/** The base's versions of data and labels that a change changes, and why others could not be had. */
export interface BaseData {
  readonly copies: Copies;
  readonly doubts: readonly string[];
}

/** Files and bytes that are fetched at most. */
const MAX_FILES = 2000;
const MAX_BYTES = 2 ** 29;

/**
 * Copies the base's data and labels of a configuration, where the checkout has others: a change is not measured with what it
 * brings to be measured with.
 *
 * @param folder absolute, empty, for the copies
 */
export async function baseData(
  { models }: Config,
  { root, folder: configFolder }: Pick<ConfigPlace, 'root' | 'folder'>,
  base: BaseFiles,
  folder: string,
): Promise<BaseData> {
  const named = models.flatMap(dataOf).filter((path) => !isModule(path));
  const paths = [...new Set(named.map((path) => posix.join(configFolder, path)))];
  const copies = new Map<string, string>();
  const doubts: string[] = [];
  const left = { files: MAX_FILES, bytes: MAX_BYTES };
  for (const path of paths) {
    try {
      if (await copyBase(path, root, base, { folder, left }))
        copies.set(join(root, path), join(folder, path));
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      doubts.push(`${quote(path)} measures the change, and may be its own: ${messageOf(error)}`);
    }
  }
  return { copies, doubts };
}

interface Room {
  readonly folder: string;
  readonly left: { files: number; bytes: number };
}

/**
 * @returns whether it was copied: false where the checkout has the base's
 * @throws UserError when the base's version cannot be had
 */
async function copyBase(path: string, root: string, base: BaseFiles, room: Room): Promise<boolean> {
  const { tree } = base;
  if (tree === undefined) {
    if (await isTouched(path, root, base))
      throw new UserError('GitHub does not tell what the base has of it');
    return false;
  }
  const here = [path, ...(await imagesHere(path, root))];
  const behind = await Promise.all(here.map((each) => placesOf(each, root)));
  const contents = await contentOf([...new Set(behind.flat())], root, tree);
  if (contents.every(({ state }) => state === 'same')) return false;
  const files = await filesOfBase(path, base, tree);
  if (files.length === 0) {
    if (await isTouched(path, root, base)) throw new UserError('the base has none, and the change brings it');
    return false;
  }
  for (const file of files) await copyOne(file, root, base, room);
  return true;
}

/**
 * Whether the change, as far as it is known, changes a path, a link on the way or what that leads to, or what decides where
 * content comes from.
 */
async function isTouched(path: string, root: string, { changed }: BaseFiles): Promise<boolean> {
  if (changed === undefined || !changed.complete) return true;
  const places = await placesOf(path, root);
  const deciding = places
    .flatMap((each) => [each, ...sourcesBeside(each)])
    .map((each) => ({ path: each, kind: 'data' as const }));
  return changed.files.some((file) => deciding.some((each) => touches(file, each)));
}

/** Images of a list as the checkout has it; of what is no list, or none that can be read, none. */
async function imagesHere(path: string, root: string): Promise<string[]> {
  if (!isImageList(path)) return [];
  try {
    return imagesOf(await readImageList(join(root, path), path), path);
  } catch {
    return [];
  }
}

function imagesOf({ files }: Pick<ImageList, 'files'>, path: string): string[] {
  return files.map((name) => posix.join(posix.dirname(path), name));
}

/** The files that a path stands for in the base: itself, those of a folder, or a list and its images. */
async function filesOfBase(path: string, base: BaseFiles, tree: Tree): Promise<readonly string[]> {
  if (!tree.has(path)) return [...tree.keys()].filter((name) => name.startsWith(`${path}/`));
  if (!isImageList(path)) return [path];
  const list = await contentOfBase(path, base);
  const images = imagesOf(parseImageList(Buffer.from(list).toString('utf8'), path), path);
  return [path, ...new Set(images)];
}

async function copyOne(path: string, root: string, base: BaseFiles, { folder, left }: Room): Promise<void> {
  if (path.split('/')[0] === '..') throw new UserError(`${quote(path)} lies outside of the repository`);
  const from = join(root, path);
  const to = join(folder, path);
  await mkdir(dirname(to), { recursive: true });
  const id = base.tree?.get(path);
  const here = await contentId(from, algorithmOf(id ?? ''));
  if (id === undefined) {
    // What git does not have is the same for both, unless the change brings it.
    if (here === undefined || (await isTouched(path, root, base)))
      throw new UserError(`the base has no ${quote(path)} in git`);
    return copyFile(from, to);
  }
  if (here?.blobs.includes(id)) {
    await checkTarget(path, root, base.tree!);
    return copyFile(from, to);
  }
  const bytes = await contentOfBase(path, base);
  left.files -= 1;
  left.bytes -= bytes.byteLength;
  if (left.files < 0 || left.bytes < 0)
    throw new UserError(
      `the change has others of more than ${MAX_FILES} files or ${MAX_BYTES / 2 ** 20} MiB of data`,
    );
  await writeFile(to, bytes);
}

/** @throws UserError where a link is the base's, and what it leads to is not */
async function checkTarget(path: string, root: string, tree: Tree): Promise<void> {
  const places = [...new Set(await placesOf(path, root))];
  if (places.length === 1) return;
  const contents = await contentOf(places, root, tree);
  if (contents.every(({ state }) => state === 'same')) return;
  throw new UserError(`${quote(path)} is a link, and what it leads to is not as in the base commit`);
}

async function contentOfBase(path: string, base: BaseFiles): Promise<Uint8Array> {
  const bytes = await base.read(path);
  if (bytes === undefined) throw new UserError(`the base has no ${quote(path)}`);
  if (isPointer(bytes))
    throw new UserError(`Git LFS keeps the base's version of ${quote(path)}, which is not fetched`);
  return bytes;
}
