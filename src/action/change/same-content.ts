import { lstat, readdir, realpath } from 'node:fs/promises';
import { join, posix, relative, sep } from 'node:path';
import type { Tree } from '../../github/tree.ts';
import { sha256Of } from '../../sha256.ts';
import { algorithmOf, type ContentId, contentId } from './content-id.ts';

/** What a job has at a path, beside what the base has there. */
export interface PathContent {
  readonly path: string;
  /** Of all files there, with their names; undefined where there are none, or a link leads where nobody looks. */
  readonly sha256: string | undefined;
  /** `same` as in the tree of the base; `other`; `untracked`: there is something that git cannot compare. */
  readonly state: 'same' | 'other' | 'untracked';
}

/**
 * Compares what is checked out, made by the job or fetched into it with the tree of the base: contents, whatever git or its
 * history say of them.
 *
 * @param paths of files and folders; links on the way to them, and where these end, are paths of their own
 * @param root absolute folder of the checkout
 */
export async function contentOf(paths: readonly string[], root: string, tree: Tree): Promise<PathContent[]> {
  const [id = ''] = tree.values();
  const algorithm = algorithmOf(id);
  const real = await realpath(root);
  const isCovered = (at: string) => paths.some((path) => isWithin(at, path));
  const known = new Map<string, ContentId | undefined>();
  const contents: PathContent[] = [];
  for (const path of paths) {
    const folder = await placeOf(posix.dirname(path), root, real);
    if (folder !== posix.dirname(path)) {
      // What is behind a link is looked at where it is, if anybody looks there.
      if (!isCovered(posix.join(folder, posix.basename(path))))
        contents.push({ path, sha256: undefined, state: 'untracked' });
      continue;
    }
    const names = [...new Set([...(await filesAt(path, root)), ...trackedAt(path, tree)])].sort();
    let isKnown = true;
    for (const name of names) {
      if (!known.has(name)) known.set(name, await contentId(join(root, name), algorithm));
      const end = known.get(name) && (await placeOf(name, root, real));
      // A folder on the way is a link for the sake of what is asked for in it.
      const isOnTheWay = name === path && end !== undefined && paths.some((each) => isWithin(each, end));
      isKnown &&= end === undefined || end === name || isOnTheWay || isCovered(end);
    }
    const parts = names.flatMap((name) => {
      const found = known.get(name);
      return found === undefined ? [] : [`${name}\0${found.sha256}\n`];
    });
    const isSame = names.every((name) => known.get(name)?.blobs.includes(tree.get(name) ?? ''));
    const isTracked = names.every((name) => tree.has(name));
    contents.push({
      path,
      sha256: parts.length === 0 || !isKnown ? undefined : sha256Of(...parts),
      state: !isKnown ? 'untracked' : isSame ? 'same' : isTracked ? 'other' : 'untracked',
    });
  }
  return contents;
}

/** Where a path is once all links are followed, relative to the root; of one that is not there, itself. */
async function placeOf(path: string, root: string, realRoot: string): Promise<string> {
  const real = await realpath(join(root, path)).catch(() => undefined);
  if (real === undefined) return path;
  return relative(realRoot, real).split(sep).join(posix.sep) || '.';
}

/** The file, or all files of the folder, but for what git keeps for itself. */
async function filesAt(path: string, root: string): Promise<string[]> {
  const kind = await lstat(join(root, path)).catch(() => undefined);
  if (kind === undefined) return [];
  if (!kind.isDirectory()) return [path];
  const names = await readdir(join(root, path));
  const inside = names.filter((name) => name !== '.git').map((name) => filesAt(posix.join(path, name), root));
  return (await Promise.all(inside)).flat();
}

function trackedAt(path: string, tree: Tree): string[] {
  return tree.has(path) ? [path] : [...tree.keys()].filter((name) => isWithin(name, path));
}

function isWithin(path: string, folder: string): boolean {
  return folder === '.' || path === folder || path.startsWith(`${folder}/`);
}
