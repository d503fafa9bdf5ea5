import { readFile, realpath } from 'node:fs/promises';
import { isAbsolute, join, relative, sep } from 'node:path';
import { messageOf, UserError } from '../errors.ts';
import { lockedVersion, statedVersion } from './package-version.ts';

/**
 * Checks an onnxruntime-node that the owner of a runner installed there. It is native code, so that it may not come
 * out of the workspace, where a pull request puts files.
 *
 * @param folder absolute; holds `node_modules/onnxruntime-node`
 * @param manifests folder with the package-lock.json that says which version it must be
 * @returns the folder, without links
 * @throws UserError when it is relative, in the workspace, not there, or of another version
 */
export async function ownOnnxRuntime(folder: string, workspace: string, manifests: string): Promise<string> {
  const where = `QUANTGATE_RUNTIME (${folder})`;
  if (!isAbsolute(folder)) throw new UserError(`${where} is relative: give an absolute path`);
  const needed = lockedVersion(await readFile(join(manifests, 'package-lock.json'), 'utf8'));
  let real: string;
  let version: string;
  try {
    real = await realpath(folder);
    const manifest = join(real, 'node_modules', 'onnxruntime-node', 'package.json');
    version = statedVersion(await readFile(manifest, 'utf8'));
  } catch (error) {
    throw new UserError(
      `${where} holds no onnxruntime-node (${messageOf(error)}): run npm install --ignore-scripts onnxruntime-node@${needed} there`,
    );
  }
  const way = relative(await realpath(workspace), real);
  // On Windows there is no relative way to another drive.
  if (way.split(sep)[0] !== '..' && !isAbsolute(way)) {
    throw new UserError(
      `${where} lies in the workspace, where a pull request can put files: move it out of ${workspace}`,
    );
  }
  if (version !== needed) {
    throw new UserError(
      `${where} holds onnxruntime-node ${version}, quantgate computes with ${needed}: install that version there`,
    );
  }
  return real;
}
