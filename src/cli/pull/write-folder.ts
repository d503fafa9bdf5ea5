import { randomUUID } from 'node:crypto';
import { lstat, mkdir, readdir, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { messageOf, UserError } from '../../errors.ts';
import { makeFolder } from '../../make-folder.ts';

/**
 * Makes a folder with these files, all or nothing: they are written beside it, and the folder gets its name at the end.
 *
 * @param files by names that are no paths
 * @throws UserError when it is there already and not empty, is a link or a file, or cannot be written
 */
export async function writeFolder(folder: string, files: ReadonlyMap<string, Uint8Array>): Promise<void> {
  const exists = await isEmptyFolder(folder);
  try {
    await makeFolder(dirname(folder));
    const draft = join(dirname(folder), `.${basename(folder)}-${randomUUID()}`);
    await mkdir(draft);
    try {
      for (const [name, bytes] of files) await writeFile(join(draft, name), bytes, { flag: 'wx' });
      if (exists) await rmdir(folder);
      await rename(draft, folder);
    } finally {
      await rm(draft, { recursive: true, force: true });
    }
  } catch (error) {
    throw new UserError(
      `${folder} cannot be written (${messageOf(error)}): choose another folder with --out`,
    );
  }
}

/**
 * Whether there is such a folder already.
 *
 * @throws UserError when there is anything else of that name, or something in it
 */
export async function isEmptyFolder(folder: string): Promise<boolean> {
  const info = await lstat(folder).catch(() => undefined);
  if (info === undefined) return false;
  const problem = info.isSymbolicLink()
    ? 'is a link'
    : !info.isDirectory()
      ? 'is a file'
      : (await readdir(folder)).length > 0
        ? 'is not empty'
        : undefined;
  if (problem === undefined) return true;
  throw new UserError(`${folder} ${problem}: remove it, or choose another folder with --out`);
}
