import { readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type BaselineStore, baselineFile, folderStore } from '../baseline/store.ts';
import type { Config } from '../config/config.ts';
import { printable, UserError } from '../errors.ts';

/** Where stored baselines are, if anywhere: an option is relative to the working folder, the config to its own. */
export function storeOf(
  option: string | undefined,
  { baseline }: Config,
  configFolder: string,
  cwd: string,
): BaselineStore | undefined {
  if (option !== undefined) return folderStore(resolve(cwd, option));
  if (baseline === undefined) return undefined;
  if (typeof baseline === 'string') return folderStore(join(configFolder, baseline));
  return async () => {
    throw new UserError(
      `it is in release ${printable(baseline.release)}: download it and give its folder with --baseline`,
    );
  };
}

/**
 * A folder that somebody names is there, and holds baselines: a mistyped one must not pass for "no baseline yet".
 *
 * @throws UserError otherwise
 */
export async function checkNamedFolder(option: string | undefined, cwd: string): Promise<void> {
  if (option === undefined) return;
  const names = option === '' ? undefined : await readdir(resolve(cwd, option)).catch(() => undefined);
  if (names?.some((name) => name.endsWith(baselineFile('')))) return;
  throw new UserError(
    `--baseline ${printable(option)} is no folder of baselines: give the one that quantgate baseline wrote`,
  );
}
