import { z } from 'zod';
import { type Api, call, type Repository } from './api.ts';
import { hasStatus } from './api-error.ts';

/**
 * Whether a commit is in the history of another one, or that one itself.
 *
 * @param of a commit, or a branch as it is now
 * @throws ApiError when GitHub does not tell; a commit that it does not know is in no history
 */
export async function isAncestor(
  api: Api,
  repository: Repository,
  commit: string,
  of: string,
): Promise<boolean> {
  try {
    const { status } = await call(api, {
      purpose: `compare ${commit} and ${of}`,
      route: 'GET /repos/{owner}/{repo}/compare/{basehead}',
      parameters: { ...repository, basehead: `${commit}...${of}`, per_page: 1 },
      needs: ['contents: read'],
      answer: z.object({ status: z.enum(['ahead', 'behind', 'diverged', 'identical']) }),
    });
    return status === 'ahead' || status === 'identical';
  } catch (error) {
    if (hasStatus(error, 404)) return false;
    throw error;
  }
}
