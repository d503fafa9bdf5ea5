import { lstat, readFile } from 'node:fs/promises';
import { join, posix } from 'node:path';

const MAX_FILES = 1000;
const MAX_BYTES = 2 ** 20;

/** How Node and CommonJS find what a module names. */
const ENDINGS = ['', '.js', '.cjs', '.mjs', '.json', '/index.js'];

/**
 * The files of a repository that a module reaches by the relative paths in its text, itself first: what it imports, requires
 * or reads from beside itself, and so on from there. Paths that it computes are not seen.
 *
 * @param path of the module in the repository
 */
export async function reachedFrom(path: string, root: string): Promise<string[]> {
  const reached = new Set([path]);
  for (const file of reached) {
    if (reached.size > MAX_FILES) break;
    for (const named of namedIn(await textOf(join(root, file)))) {
      const target = posix.join(posix.dirname(file), named);
      if (target === '..' || target.startsWith('../')) continue;
      const found = await firstOf(
        ENDINGS.map((ending) => target + ending),
        root,
      );
      if (found !== undefined) reached.add(found);
    }
  }
  return [...reached];
}

function namedIn(text: string): string[] {
  return [...text.matchAll(/(['"`])(\.\.?\/[^'"`\n]{1,1024})\1/g)].map(([, , named]) => named!);
}

async function textOf(path: string): Promise<string> {
  if (!/\.(c|m)?js$/.test(path)) return '';
  const info = await lstat(path).catch(() => undefined);
  if (info === undefined || !info.isFile() || info.size > MAX_BYTES) return '';
  return readFile(path, 'utf8').catch(() => '');
}

async function firstOf(paths: readonly string[], root: string): Promise<string | undefined> {
  for (const path of paths) {
    const isFile = await lstat(join(root, path)).then(
      (info) => info.isFile(),
      () => false,
    );
    if (isFile) return path;
  }
  return undefined;
}
