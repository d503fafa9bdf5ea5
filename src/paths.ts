import { realpath, stat } from 'node:fs/promises';
import { isAbsolute, relative, resolve, sep, win32 } from 'node:path';
import { UserError } from './errors.ts';
import { isLfsPointer } from './lfs.ts';

/** Where a data set's paths start, and the folder that none of them may leave. Both are absolute. */
export interface Place {
  readonly folder: string;
  readonly root: string;
  /** What is read in place of files and folders, by their absolute paths. */
  readonly copies?: Copies;
}

/** Absolute paths of copies by those of the originals, which need not be there. */
export type Copies = ReadonlyMap<string, string>;

/** Bytes; those of Git LFS have 130 or so. */
const MAX_POINTER_BYTES = 1024;

/**
 * The real path of a file or folder that the user named relative to `place.folder`.
 *
 * @throws UserError when it does not exist, is absolute, lies outside `place.root` or in its `.git`, be it through a symbolic
 * link, or is what Git LFS leaves in its place
 */
export async function pathWithin(place: Place, path: string): Promise<string> {
  if (path === '' || path.includes('\0'))
    throw new UserError(`"${path}" is not a path: give a relative path of a file`);
  if (isAbsolute(path) || win32.isAbsolute(path))
    throw new UserError(`${path} is an absolute path: give it relative to the file that names it`);
  const lexical = resolve(place.folder, path);
  if (!isInside(place.root, lexical))
    throw new UserError(`${path} lies outside ${place.root}: move the data inside`);
  const copy = place.copies?.get(lexical);
  if (copy !== undefined) return copy;
  const real = await realpath(lexical).catch(() => undefined);
  if (real === undefined)
    throw new UserError(`${path} does not exist in ${place.folder}: check the path, or fetch the data first`);
  const realRoot = await realpath(place.root);
  if (!isInside(realRoot, real))
    throw new UserError(`${path} is a link out of ${place.root}: replace it by the data itself`);
  // A checkout may keep its token there, and what is read gets into files for chips.
  if (/(^|[\\/])\.git([\\/]|$)/i.test(relative(realRoot, real)))
    throw new UserError(`${path} lies in what git keeps for itself: give the data themselves`);
  const kind = await stat(real);
  // A pipe or a device would never end.
  if (!kind.isFile() && !kind.isDirectory())
    throw new UserError(`${path} is neither a file nor a folder: give the data itself`);
  if (kind.isFile() && kind.size <= MAX_POINTER_BYTES && (await isLfsPointer(real)))
    throw new UserError(
      `${path} is a Git LFS pointer, not the file itself: fetch it (git lfs pull; actions/checkout: lfs: true)`,
    );
  return real;
}

/** Whether a path leads to `root` or below, by its text alone. Both are absolute. */
export function isInside(root: string, path: string): boolean {
  const way = relative(root, path);
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}
