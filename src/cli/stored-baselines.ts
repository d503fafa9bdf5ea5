import { join, resolve } from 'node:path';
import { type BaselineStore, checkFolder, folderStore } from '../baseline/store.ts';
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

/** @throws UserError when the option names no folder of baselines */
export async function checkNamedFolder(option: string | undefined, cwd: string): Promise<void> {
  if (option !== undefined) await checkFolder(resolve(cwd, option), `--baseline ${printable(option)}`);
}
