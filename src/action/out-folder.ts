import { resolve } from 'node:path';
import { messageOf, UserError } from '../errors.ts';
import { makeOwnFolder } from '../make-folder.ts';

/**
 * The absolute folder of an input, such as `out`, which it makes if needed. A pull request can bring a link in its place.
 *
 * @throws UserError when it cannot be made, or a link in the workspace leads elsewhere
 */
export async function openOut(workspace: string, out: string, input = 'out'): Promise<string> {
  const folder = resolve(workspace, out);
  try {
    await makeOwnFolder(workspace, folder);
  } catch (error) {
    throw new UserError(
      `input ${input}: ${out} cannot be written (${messageOf(error)}): choose a folder that the repository does not have`,
    );
  }
  return folder;
}
