import { z } from 'zod';
import { tryJson } from '../../json.ts';

const installed = z.object({ version: z.string(), resolved: z.string().optional() });
const lock = z.object({ packages: z.record(z.string(), z.unknown()) });

/**
 * The commit of quantgate that a `package-lock.json` installs from GitHub, and its version; undefined where it does not.
 *
 * @param text of the file
 */
export function installedCommit(text: string): { commit: string; version: string } | undefined {
  const { packages = {} } = tryJson(text, lock) ?? {};
  const { data } = installed.safeParse(packages['node_modules/quantgate']);
  const commit = /github\.com[/:]quantgate\/quantgate(?:\.git)?#([0-9a-f]{40})$/.exec(
    data?.resolved ?? '',
  )?.[1];
  if (data === undefined || commit === undefined || !/^\d+\.\d+\.\d+[\w.+-]{0,40}$/.test(data.version))
    return undefined;
  return { commit, version: data.version };
}
