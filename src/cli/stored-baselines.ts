import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type BaselineStore, folderStore } from '../baseline/store.ts';
import type { Config } from '../config/config.ts';
import { printable, UserError } from '../errors.ts';

/** Where stored baselines are, if anywhere: an option is relative to the working folder, the config to its own. */
export function storeOf(
  option: string | undefined,
  { baseline }: Config,
  configFolder: string,
  cwd: string,
): BaselineStore | undefined {
  if (option !== undefined) return namedFolder(option, cwd);
  if (baseline === undefined) return undefined;
  if (typeof baseline === 'string') return folderStore(join(configFolder, baseline));
  return async () => {
    throw new UserError(
      `it is in release ${printable(baseline.release)}: download it and give its folder with --baseline`,
    );
  };
}

/** A folder that somebody names is there: a mistyped one must not pass for "no baseline yet". */
function namedFolder(option: string, cwd: string): BaselineStore {
  const folder = resolve(cwd, option);
  return async (model) => {
    const isFolder = await stat(folder).then(
      (found) => found.isDirectory(),
      () => false,
    );
    if (!isFolder)
      throw new UserError(`--baseline ${option} is no folder: give the one that quantgate baseline wrote`);
    return folderStore(folder)(model);
  };
}
