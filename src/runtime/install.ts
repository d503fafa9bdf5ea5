import { existsSync } from 'node:fs';
import { copyFile, mkdtemp, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import pin from '../../runtime/cuda.json' with { type: 'json' };
import { messageOf, UserError } from '../errors.ts';
import { makeFolder } from '../make-folder.ts';
import { sha256Of } from '../sha256.ts';
import { type CudaPin, type Download, downloadFile, installCuda } from './cuda.ts';
import { isComplete, writeInventory } from './inventory.ts';
import { canLoadOnnxRuntime } from './load-onnxruntime.ts';
import { npmCi } from './npm.ts';
import { lockedVersion } from './package-version.ts';

/** How an installation reaches the world. */
export interface Installer {
  /** As Node names them, such as `linux-x64`. */
  readonly platform: string;
  /** Installs what the package-lock.json in a folder names. */
  readonly ci: (folder: string) => Promise<void>;
  readonly download: Download;
  readonly pin: CudaPin;
}

const real: Installer = {
  platform: `${process.platform}-${process.arch}`,
  ci: npmCi,
  download: downloadFile,
  pin,
};

/**
 * The folder from which onnxruntime-node loads: undefined where it is installed beside this program, otherwise a
 * folder in the cache, into which the locked version is installed on first use.
 *
 * @param manifests folder with the package.json and package-lock.json of the runtime
 * @param cache folder that survives between jobs where the runner keeps one
 * @param cuda whether to add ONNX Runtime's CUDA libraries
 * @throws UserError when the installation fails
 */
export async function provideOnnxRuntime(
  manifests: string,
  cache: string,
  cuda = false,
): Promise<string | undefined> {
  return canLoadOnnxRuntime() ? undefined : installed(manifests, cache, cuda, real);
}

/** As `provideOnnxRuntime`, whatever lies beside this program. */
export async function installed(
  manifests: string,
  cache: string,
  cuda: boolean,
  installer: Installer,
): Promise<string> {
  const folder = join(cache, 'quantgate-runtime', await folderName(manifests, cuda, installer));
  if (await isComplete(folder)) return folder;
  let draft: string | undefined;
  try {
    await makeFolder(dirname(folder));
    draft = await mkdtemp(join(dirname(folder), DRAFT));
    await removeForgotten(draft);
    await install(draft, manifests, cuda, installer);
    await publish(draft, folder);
    return folder;
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(
      `onnxruntime-node could not be installed in ${folder} (${messageOf(error).slice(0, 300)}): make room there, and let this user write`,
    );
  } finally {
    if (draft !== undefined) await rm(draft, { recursive: true, force: true });
  }
}

const DRAFT = 'draft-';
const FORGOTTEN_AFTER_MS = 60 * 60_000;

/** What is locked decides the name, so that no version of quantgate loads the runtime of another. */
async function folderName(manifests: string, cuda: boolean, { platform, pin }: Installer): Promise<string> {
  const lock = await readFile(join(manifests, 'package-lock.json'), 'utf8');
  const hash = cuda ? sha256Of(lock, pin.sha256) : sha256Of(lock);
  return [lockedVersion(lock), platform, ...(cuda ? ['cuda'] : []), hash.slice(0, 12)].join('-');
}

async function install(
  draft: string,
  manifests: string,
  cuda: boolean,
  { ci, platform, pin, download }: Installer,
): Promise<void> {
  for (const name of ['package.json', 'package-lock.json'])
    await copyFile(join(manifests, name), join(draft, name));
  await ci(draft);
  const binaries = join(draft, 'node_modules', 'onnxruntime-node', 'bin', 'napi-v6');
  await prune(binaries, platform);
  if (cuda) await installCuda(join(binaries, ...platform.split('-')), pin, platform, download);
  await writeInventory(draft);
}

/** The package carries the binaries of every platform: on linux-x64, 255 of 303 MB are of others. */
async function prune(binaries: string, platform: string): Promise<void> {
  const [system, architecture] = platform.split('-') as [string, string];
  if (!existsSync(join(binaries, system, architecture)))
    throw new UserError(`onnxruntime-node has no build for ${platform}: use a runner of another kind`);
  for (const [folder, kept] of [
    [binaries, system],
    [join(binaries, system), architecture],
  ] as const) {
    for (const name of await readdir(folder))
      if (name !== kept) await rm(join(folder, name), { recursive: true });
  }
}

/** Several jobs may install at once: the first that is done wins, and the others take what they find. */
async function publish(draft: string, folder: string, tries = 3): Promise<void> {
  try {
    await rename(draft, folder);
  } catch (error) {
    if (await isComplete(folder)) return;
    if (tries === 1) throw error;
    // What is there is broken, unless another job has just put it aside.
    const aside = await mkdtemp(join(dirname(folder), DRAFT));
    await rename(folder, aside).catch(() => undefined);
    await rm(aside, { recursive: true, force: true });
    await publish(draft, folder, tries - 1);
  }
}

/** Removes drafts of jobs that were killed. */
async function removeForgotten(draft: string): Promise<void> {
  const { mtimeMs: now } = await stat(draft);
  for (const name of await readdir(dirname(draft))) {
    const path = join(dirname(draft), name);
    if (!name.startsWith(DRAFT)) continue;
    const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: now }));
    if (now - mtimeMs > FORGOTTEN_AFTER_MS) await rm(path, { recursive: true, force: true });
  }
}
