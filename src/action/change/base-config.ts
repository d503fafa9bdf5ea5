import type { Config } from '../../config/config.ts';
import { parseConfig } from '../../config/load-config.ts';
import type { Api, Repository } from '../../github/api.ts';
import { readFileAt } from '../../github/contents.ts';

/**
 * The configuration at a commit that a change is proposed on; undefined where there is none yet.
 *
 * @throws ApiError when GitHub does not answer; UserError when it is not valid
 */
export async function readBaseConfig(
  api: Api,
  repository: Repository,
  commit: string,
  path: string,
): Promise<Config | undefined> {
  const bytes = await readFileAt(api, repository, { commit, path });
  return bytes && parseConfig(Buffer.from(bytes).toString(), path);
}
