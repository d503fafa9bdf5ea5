import { lstat, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

const MAX_ENTRIES = 20_000;
const MAX_DEPTH = 8;
const SKIPPED = new Set(['node_modules', 'quantgate-out', 'quantgate-baseline']);

/**
 * Regular files below `root` whose names end with one of `extensions`, as sorted relative paths with "/". Hidden
 * folders, installed packages and symbolic links are left out; what lies beyond 20,000 entries or 8 levels too.
 */
export async function findFiles(root: string, extensions: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  let entries = 0;
  const visit = async (folder: string, depth: number): Promise<void> => {
    for (const entry of await readdir(join(root, folder), { withFileTypes: true }).catch(() => [])) {
      if (++entries > MAX_ENTRIES) return;
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      const isVisited = !entry.name.startsWith('.') && !SKIPPED.has(entry.name) && depth < MAX_DEPTH;
      if (entry.isDirectory() && isVisited) await visit(path, depth + 1);
      else if (entry.isFile() && extensions.some((end) => entry.name.toLowerCase().endsWith(end)))
        found.push(path);
    }
  };
  await visit('', 0);
  return found.sort();
}

/** The text of a regular file of at most `maxBytes`, a symbolic link being none; undefined if there is no such file. */
export async function readSmall(path: string, maxBytes: number): Promise<string | undefined> {
  const info = await lstat(path).catch(() => undefined);
  if (info === undefined || !info.isFile() || info.size > maxBytes) return undefined;
  return readFile(path, 'utf8').catch(() => undefined);
}
