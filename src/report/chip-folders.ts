import { lstat, readdir, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf, UserError } from '../errors.ts';
import { type ChipManifest, MANIFEST, MAX_MANIFEST, readManifest } from '../formats/manifest.ts';
import { readWhole } from '../read-file.ts';
import { sha256OfFiles } from '../sha256.ts';
import { writeBelow } from './write.ts';

/** The folders of a run that hold a folder for each model, and in it one for each target. */
const KINDS = ['chips', 'recovered'];

/** The files for the chips' tools in the folder of a run. */
export interface ChipFolders {
  /**
   * Writes a file, whole or not at all.
   *
   * @param path relative to the folder of the run: kind, model, target and file
   * @throws UserError when it cannot be written, or a link leads elsewhere
   */
  write(file: { readonly path: string; readonly content: string | Uint8Array }): Promise<void>;
  /**
   * Removes what earlier runs wrote and this one did not: nobody is to flash it. What a manifest does not list, or what is no
   * longer as it says, is somebody else's.
   *
   * @throws UserError when something cannot be removed
   */
  removeStale(): Promise<void>;
}

/** @param out absolute folder of the run */
export async function openChipFolders(out: string): Promise<ChipFolders> {
  const earlier = await manifestsOf(out);
  const written = new Set<string>();
  return {
    async write({ path, content }) {
      await writeBelow(out, path, content);
      written.add(path);
    },
    async removeStale() {
      for (const each of earlier) {
        try {
          await removeUnwritten(out, each, written);
        } catch (error) {
          throw new UserError(
            `${each.folder} of an earlier run cannot be removed below ${out} (${messageOf(error)}): remove it, its files are not those of this run`,
          );
        }
      }
    },
  };
}

/** A folder of a target, relative to that of the run with `/`, and what it says of itself. */
interface Earlier {
  readonly folder: string;
  readonly manifest: ChipManifest;
}

async function manifestsOf(out: string): Promise<Earlier[]> {
  const found: Earlier[] = [];
  for (const kind of KINDS)
    for (const model of await foldersIn(out, kind))
      for (const target of await foldersIn(out, `${kind}/${model}`)) {
        const folder = `${kind}/${model}/${target}`;
        const bytes = await readWhole(join(out, folder, MANIFEST), MAX_MANIFEST).catch(() => undefined);
        const manifest = bytes && readManifest(bytes);
        // A folder that was copied is not where quantgate wrote it.
        if (manifest?.model === model && manifest.target === target) found.push({ folder, manifest });
      }
  return found;
}

/** Names of the folders in one that is no link; links lead to what is not ours. */
async function foldersIn(out: string, folder: string): Promise<string[]> {
  const path = join(out, folder);
  const itself = await lstat(path).catch(() => undefined);
  if (!itself?.isDirectory()) return [];
  const entries = await readdir(path, { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
}

async function removeUnwritten(
  out: string,
  { folder, manifest }: Earlier,
  written: ReadonlySet<string>,
): Promise<void> {
  const stale = manifest.files.filter(({ file }) => !written.has(`${folder}/${file}`));
  for (const { file, sha256 } of stale) {
    const path = join(out, folder, file);
    const found = await lstat(path).catch(() => undefined);
    if (found?.isFile() && (await sha256OfFiles([path])) === sha256) await rm(path);
  }
  if (!written.has(`${folder}/${MANIFEST}`)) await rm(join(out, folder, MANIFEST));
  for (let at = folder; at !== ''; at = at.slice(0, Math.max(at.lastIndexOf('/'), 0)))
    if (!(await isRemoved(join(out, at)))) return;
}

/** Whether an empty folder is gone; one that holds something stays. */
async function isRemoved(folder: string): Promise<boolean> {
  if ((await readdir(folder)).length > 0) return false;
  await rmdir(folder);
  return true;
}
