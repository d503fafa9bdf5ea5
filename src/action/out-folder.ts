import { realpath } from 'node:fs/promises';
import { isAbsolute, join, relative, resolve, sep } from 'node:path';
import { messageOf, UserError } from '../errors.ts';
import { makeFolder } from '../make-folder.ts';

/**
 * The absolute folder of the input `out`, which it makes if needed. A pull request can bring a link in its place.
 *
 * @throws UserError when it cannot be made, or a link in the workspace leads elsewhere
 */
export async function openOut(workspace: string, out: string): Promise<string> {
  const folder = resolve(workspace, out);
  const way = relative(workspace, folder);
  try {
    await makeFolder(folder);
    const isInside = way.split(sep)[0] !== '..' && !isAbsolute(way);
    if (isInside && (await realpath(folder)) !== join(await realpath(workspace), way))
      throw new Error('a link leads elsewhere');
  } catch (error) {
    throw new UserError(
      `input out: ${out} cannot be written (${messageOf(error)}): choose a folder that the repository does not have`,
    );
  }
  return folder;
}
