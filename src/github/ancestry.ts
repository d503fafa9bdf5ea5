import { z } from 'zod';
import { type Api, call, type Repository } from './api.ts';

/**
 * Whether a commit is in the history of another one, or that one itself.
 *
 * @param of a commit, or a branch as it is now
 * @throws ApiError when GitHub does not tell, with status 404 for a commit that it does not know
 */
export async function isAncestor(
  api: Api,
  repository: Repository,
  commit: string,
  of: string,
): Promise<boolean> {
  const { status } = await call(api, {
    purpose: `compare ${commit} and ${of}`,
    route: 'GET /repos/{owner}/{repo}/compare/{basehead}',
    parameters: { ...repository, basehead: `${commit}...${of}`, per_page: 1 },
    needs: ['contents: read'],
    answer: z.object({ status: z.enum(['ahead', 'behind', 'diverged', 'identical']) }),
  });
  return status === 'ahead' || status === 'identical';
}
