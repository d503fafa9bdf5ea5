import { execFile } from 'node:child_process';
import { copyFile, mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { messageOf, UserError } from '../errors.ts';
import { canLoadOnnxRuntime } from './load.ts';

/**
 * The folder from which onnxruntime-node loads: where this program lies, if it is installed there, otherwise a
 * cache folder into which `npm ci` installs the locked version. npm checks the lock's integrity hashes, and no
 * install script runs: the package's own would fetch CUDA libraries.
 *
 * @param manifests folder with the package.json and package-lock.json of the runtime
 * @param cache folder that survives between jobs where the runner keeps one
 * @throws UserError when the installation fails
 */
export async function provideOnnxRuntime(manifests: string, cache: string): Promise<string | undefined> {
  if (canLoadOnnxRuntime()) return undefined;
  const folder = join(cache, 'quantgate-runtime');
  if (canLoadOnnxRuntime(folder)) return folder;
  const draft = `${folder}.${process.pid}`;
  try {
    await mkdir(draft, { recursive: true });
    for (const name of ['package.json', 'package-lock.json'])
      await copyFile(join(manifests, name), join(draft, name));
    await promisify(execFile)('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
      cwd: draft,
      shell: process.platform === 'win32',
    });
    await rm(folder, { recursive: true, force: true });
    await rename(draft, folder);
  } catch (error) {
    throw new UserError(
      `onnxruntime-node could not be installed (${messageOf(error).slice(0, 300)}): the runner needs npm and its registry`,
    );
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  return folder;
}
