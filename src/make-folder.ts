import { lstat, mkdir, realpath, stat } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { isInside } from './paths.ts';

/**
 * Makes a folder with all above it; nothing happens if it is there. Node's own recursive mkdir never ends where the
 * system says of a new folder that it does not exist, as below /proc.
 *
 * @param path absolute
 */
export async function makeFolder(path: string): Promise<void> {
  if (await isFolder(path)) return;
  const above = dirname(path);
  if (above !== path) await makeFolder(above);
  try {
    await mkdir(path);
  } catch (error) {
    // Another process may have been faster.
    if (!(await isFolder(path))) throw error;
  }
}

/**
 * `makeFolder` where somebody else, such as a pull request, can put links: no link in `root` leads on the way, and nothing
 * is made behind one. Outside of `root`, and above it, links are the business of whoever owns the machine.
 *
 * @param root absolute
 * @param path absolute
 * @throws Error when a link leads elsewhere
 */
export async function makeOwnFolder(root: string, path: string): Promise<void> {
  if (!isInside(root, path)) return makeFolder(path);
  await makeFolder(root);
  let at = await realpath(root);
  for (const name of relative(root, path)
    .split(sep)
    .filter((each) => each !== '')) {
    at = join(at, name);
    const found = await lstat(at).catch(() => undefined);
    if (found?.isSymbolicLink()) throw new Error('a link leads elsewhere');
    if (found === undefined) await makeFolder(at);
  }
  if (!(await isFolder(at))) throw new Error('it is no folder');
}

async function isFolder(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found?.isDirectory() ?? false;
}
