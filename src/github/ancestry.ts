import { z } from 'zod';
import { type Api, call, type Repository } from './api.ts';
import { commitSha } from './shapes.ts';

/** How far a commit is behind another one that is built on it. */
export interface Distance {
  /** Commits that the other one has besides; 0 where both are the same. */
  readonly commits: number;
  /** These, so that whatever is nearer to the other one is among them; undefined where they are too many to be listed. */
  readonly between: ReadonlySet<string> | undefined;
}

const PAGE = 100;

const comparison = z.object({
  status: z.enum(['ahead', 'behind', 'diverged', 'identical']),
  ahead_by: z.int().min(0),
  commits: z.array(z.object({ sha: commitSha })).max(PAGE),
});

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
  return isBehind(await compare(api, repository, [commit, of], { per_page: 1 }));
}

/**
 * How far a commit is behind another one; undefined where that is not built on it.
 *
 * @param of a commit, or a branch as it is now
 * @param pages calls at most, each of which lists a hundred commits
 * @throws ApiError as `isAncestor`
 */
export async function distanceBehind(
  api: Api,
  repository: Repository,
  { commit, of, pages }: { readonly commit: string; readonly of: string; readonly pages: number },
): Promise<Distance | undefined> {
  const page = (page: number) => compare(api, repository, [commit, of], { per_page: PAGE, page });
  const first = await page(1);
  if (!isBehind(first)) return undefined;
  const commits = first.ahead_by;
  if (commits > PAGE * pages) return { commits, between: undefined };
  const between = new Set(first.commits.map(({ sha }) => sha));
  for (let next = 2; PAGE * (next - 1) < commits; next++)
    for (const { sha } of (await page(next)).commits) between.add(sha);
  return { commits, between: between.size < commits ? undefined : between };
}

function compare(
  api: Api,
  repository: Repository,
  [commit, of]: readonly [string, string],
  paging: { readonly per_page: number; readonly page?: number },
): Promise<z.infer<typeof comparison>> {
  return call(api, {
    purpose: `compare ${commit} and ${of}`,
    route: 'GET /repos/{owner}/{repo}/compare/{basehead}',
    parameters: { ...repository, basehead: `${commit}...${of}`, ...paging },
    needs: ['contents: read'],
    answer: comparison,
  });
}

function isBehind({ status }: z.infer<typeof comparison>): boolean {
  return status === 'ahead' || status === 'identical';
}
