import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf, UserError } from '../errors.ts';
import { makeFolder } from '../make-folder.ts';
import { readWhole } from '../read-file.ts';
import { writeWhole } from '../write-whole.ts';
import { type Baseline, writeBaseline } from './baseline.ts';

/** Ample for a million samples of a classifier; a bound for hostile artifacts, and below the longest string of Node. */
const MAX_BYTES = 2 ** 28;

/** A stored baseline that nobody has looked into yet. */
export interface StoredFile {
  readonly bytes: Uint8Array;
  /** Where it is from, for messages. */
  readonly where: string;
}

/** Somebody may have hidden the baseline, so that a comparison that is missing is no accident. */
export class HiddenBaseline extends UserError {}

/**
 * Where baselines are kept: gives the file of a model, or undefined where there is none yet.
 *
 * @throws UserError when there should be one and it cannot be had
 */
export type BaselineStore = (model: string) => Promise<StoredFile | undefined>;

/** The name of a model's file in a folder, an artifact or a release. */
export function baselineFile(model: string): string {
  return `${model}.baseline.json`;
}

/** The baselines in a folder, absolute. */
export function folderStore(folder: string): BaselineStore {
  return async (model) => {
    const path = join(folder, baselineFile(model));
    const isThere = await stat(path).then(
      () => true,
      () => false,
    );
    if (!isThere) return undefined;
    try {
      return { bytes: await readWhole(path, MAX_BYTES), where: path };
    } catch (error) {
      throw new UserError(
        `${path} cannot be read (${messageOf(error)}): give the file that quantgate baseline wrote`,
      );
    }
  };
}

/**
 * A folder that somebody names is there, and holds baselines: a mistyped one must not pass for "no baseline yet".
 *
 * @param folder absolute
 * @param what names it, such as `--baseline x`
 * @throws UserError otherwise
 */
export async function checkFolder(folder: string, what: string): Promise<void> {
  const names = await readdir(folder).catch(() => undefined);
  if (names?.some((name) => name.endsWith(baselineFile('')))) return;
  throw new UserError(`${what} is no folder of baselines: give the one that quantgate baseline wrote`);
}

/** @throws UserError when the folder cannot be written */
export async function saveBaseline(folder: string, baseline: Baseline): Promise<string> {
  const path = join(folder, baselineFile(baseline.model));
  try {
    await makeFolder(folder);
    await writeWhole(path, writeBaseline(baseline));
  } catch (error) {
    throw new UserError(`cannot write ${path} (${messageOf(error)}): choose a folder that can be written`);
  }
  return path;
}
