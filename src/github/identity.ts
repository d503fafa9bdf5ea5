import { z } from 'zod';
import { type Api, attempt, parse } from './api.ts';
import { login } from './shapes.ts';

const answer = z.object({ viewer: z.object({ login }) });

/**
 * The login that the token acts as: `github-actions[bot]` for a job's token, `NAME[bot]` for another App, else a
 * user's. No user can have a name with brackets. REST tells this to users' tokens only.
 *
 * @throws ApiError
 */
export async function readIdentity(api: Api): Promise<string> {
  const request = { purpose: 'ask whose the token is', needs: [] };
  return parse(request, answer, await attempt(request, () => api.graphql('{ viewer { login } }'))).viewer
    .login;
}
