import { z } from 'zod';
import { type Api, call, type Repository } from './api.ts';
import { commitSha } from './shapes.ts';

/** What a repository has at a commit: git's id of the blob of each file and link, by path. */
export type Tree = ReadonlyMap<string, string>;

const MAX_ENTRIES = 200_000;
const tree = z.object({
  tree: z
    .array(z.object({ path: z.string().max(4096), type: z.string().max(16), sha: commitSha }))
    .max(MAX_ENTRIES),
  truncated: z.boolean(),
});

/**
 * Every file of a repository at a commit; undefined where GitHub leaves some out, as it does of very many.
 *
 * @throws ApiError
 */
export async function readTree(api: Api, repository: Repository, commit: string): Promise<Tree | undefined> {
  const found = await call(api, {
    purpose: `list the files of ${commit}`,
    route: 'GET /repos/{owner}/{repo}/git/trees/{tree_sha}',
    parameters: { ...repository, tree_sha: commit, recursive: '1' },
    needs: ['contents: read'],
    answer: tree,
  });
  if (found.truncated) return undefined;
  return new Map(found.tree.filter(({ type }) => type === 'blob').map(({ path, sha }) => [path, sha]));
}
