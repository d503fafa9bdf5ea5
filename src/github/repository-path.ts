import { quote, UserError } from '../errors.ts';

/**
 * A path of a file below the root of a repository, as it is.
 *
 * @throws UserError when it is absolute, leaves the repository or is no path at all
 */
export function repositoryPath(path: string): string {
  const parts = path.split('/');
  const plain = parts.every((part) => !/^\.{0,2}$|[\p{Cc}\\]/u.test(part));
  if (!plain || path.length > 1024) {
    throw new UserError(
      `${quote(path)} is not a path of a file in the repository: give it relative to the root`,
    );
  }
  return path;
}
