import { z } from 'zod';
import { type Api, call, type Repository } from './api.ts';
import { login } from './shapes.ts';

const person = z.object({ login: login.optional() }).nullable();

/**
 * The logins of a commit's author and committer, as far as GitHub knows them by their addresses.
 *
 * @throws ApiError
 */
export async function readCommitLogins(
  api: Api,
  repository: Repository,
  commit: string,
): Promise<readonly string[]> {
  const { author, committer } = await call(api, {
    purpose: `read commit ${commit}`,
    route: 'GET /repos/{owner}/{repo}/commits/{commit}',
    parameters: { ...repository, commit },
    needs: ['contents: read'],
    answer: z.object({ author: person, committer: person }),
  });
  return [author, committer].flatMap((each) => each?.login ?? []);
}
