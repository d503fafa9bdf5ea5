import { quote, UserError } from '../errors.ts';
import type { Api, Repository } from '../github/api.ts';
import { createClient } from '../github/client.ts';

/** What the environment says of GitHub. */
export interface GithubEnvironment {
  readonly GITHUB_TOKEN?: string | undefined;
  readonly GH_TOKEN?: string | undefined;
  readonly GITHUB_API_URL?: string | undefined;
}

/**
 * GitHub's API as the environment gives it, that of github.com if it names no other.
 *
 * @throws UserError when there is no token or what is no token, or the API has no http(s) URL
 */
export function connect(env: GithubEnvironment): Api {
  const token = (env.GITHUB_TOKEN || env.GH_TOKEN)?.trim();
  if (!token) throw new UserError('there is no token of GitHub: set GITHUB_TOKEN or GH_TOKEN to one');
  // What refuses it later would print it.
  if (!/^[\x21-\x7e]+$/.test(token))
    throw new UserError(
      'the token in GITHUB_TOKEN or GH_TOKEN has characters that no token has, such as a line end: copy it again',
    );
  const apiUrl = env.GITHUB_API_URL || 'https://api.github.com';
  if (!URL.canParse(apiUrl) || !/^https?:$/.test(new URL(apiUrl).protocol)) {
    throw new UserError(
      `GITHUB_API_URL ${quote(apiUrl)} is no URL: set it to https://HOST/api/v3, or unset it for github.com`,
    );
  }
  return createClient({ token, apiUrl: apiUrl.replace(/\/+$/, '') });
}

/** @throws UserError when `text` is not OWNER/REPO */
export function parseRepository(text: string): Repository {
  const [, owner, repo] = /^([A-Za-z0-9][A-Za-z0-9_-]{0,99})\/([A-Za-z0-9._-]{1,100})$/.exec(text) ?? [];
  if (owner === undefined || repo === undefined || /^\.{1,2}$/.test(repo))
    throw new UserError(`--repo ${quote(text)} is no repository: give it as OWNER/REPO`);
  return { owner, repo };
}
