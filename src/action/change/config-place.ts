import { realpathSync, statSync } from 'node:fs';
import { dirname, join, posix, relative, resolve, sep } from 'node:path';
import { UserError } from '../../errors.ts';

/** Where the configuration is. */
export interface ConfigPlace {
  /** Absolute, in the workspace. */
  readonly path: string;
  /** Absolute folder of the checkout that it is in. */
  readonly root: string;
  /** Relative to `root`, with `/`. */
  readonly inRepository: string;
  /** Its folder, likewise. */
  readonly folder: string;
}

/**
 * The configuration's place in its checkout: the folder above it, within the workspace, that has a `.git` folder (a
 * workflow may check out several repositories), otherwise the workspace.
 *
 * @throws UserError when the input names no file in the workspace
 */
export function placeOfConfig(workspace: string, config: string): ConfigPlace {
  const path = resolve(workspace, config);
  const within = relative(workspace, path);
  if (within === '' || within.split(sep)[0] === '..' || resolve(within) === within)
    throw new UserError(`input config is ${config}: give a file in the workspace, relative to it`);
  const root = checkoutAbove(dirname(path), workspace);
  const inRepository = relative(root, path).split(sep).join(posix.sep);
  return { path, root, inRepository, folder: posix.dirname(inRepository) };
}

// A folder: the `.git` of a submodule is a file, which a pull request can bring.
function checkoutAbove(folder: string, workspace: string): string {
  if (folder === workspace) return workspace;
  const hasGit = statSync(join(folder, '.git'), { throwIfNoEntry: false })?.isDirectory() ?? false;
  return hasGit && !isBehindLink(folder, workspace) ? folder : checkoutAbove(dirname(folder), workspace);
}

/** A pull request can bring a link to the whole checkout, below which the base would have no configuration. */
function isBehindLink(folder: string, workspace: string): boolean {
  return realpathSync(folder) !== join(realpathSync(workspace), relative(workspace, folder));
}
