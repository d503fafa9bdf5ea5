import { z } from 'zod';
import { isAncestor } from './ancestry.ts';
import { type Api, list, type Repository } from './api.ts';
import { commitSha, id } from './shapes.ts';

/** What a merge group merges. */
export interface MergeGroup {
  /** The pull requests, that which was queued last first. */
  readonly pullRequests: readonly number[];
  /** The commit of the branch that they are merged into. */
  readonly base: string;
}

/** Pull requests of a group; each costs some calls. */
const MAX_PULL_REQUESTS = 10;
const MAX_RUNS = 100;

const run = z.object({
  event: z.string().max(64),
  head_sha: commitSha,
  head_branch: z.string().max(1024).nullable(),
  repository: z.object({ id }),
  head_repository: z.object({ id }).nullable(),
});

/**
 * The pull requests of a merge group. Each has a commit of its own on top of that of the one before it, by which GitHub
 * names its branch, and which the runs of this branch tell: nobody else starts a run of the event `merge_group`.
 *
 * @param last the pull request that was queued last, and the commit that its own lies on
 * @returns undefined where they are more than ten, or not all of them are known
 * @throws ApiError
 */
export async function readMergeGroup(
  api: Api,
  repository: Repository,
  branch: string,
  last: { readonly pullRequest: number; readonly base: string },
): Promise<MergeGroup | undefined> {
  const pullRequests = [last.pullRequest];
  let { base } = last;
  while (!(await isAncestor(api, repository, base, branch))) {
    const before = await queuedAt(api, repository, branch, base);
    if (before === undefined || pullRequests.length === MAX_PULL_REQUESTS) return undefined;
    pullRequests.push(before.pullRequest);
    base = before.base;
  }
  return { pullRequests, base };
}

/** The pull request that was queued last of the group of a commit, and the commit below. */
async function queuedAt(
  api: Api,
  repository: Repository,
  branch: string,
  commit: string,
): Promise<{ readonly pullRequest: number; readonly base: string } | undefined> {
  const { items } = await list(
    api,
    {
      purpose: `list the runs of the merge group ${commit}`,
      route: 'GET /repos/{owner}/{repo}/actions/runs',
      parameters: { ...repository, event: 'merge_group', head_sha: commit },
      needs: ['actions: read'],
      answer: run,
    },
    MAX_RUNS,
  );
  const start = `gh-readonly-queue/${branch}/pr-`;
  for (const { event, head_sha, head_branch, repository, head_repository } of items) {
    const isOwn = event === 'merge_group' && head_sha === commit && head_repository?.id === repository.id;
    if (!isOwn || !head_branch?.startsWith(start)) continue;
    const [, number, base] = /^(\d{1,15})-([0-9a-f]{40,64})$/.exec(head_branch.slice(start.length)) ?? [];
    if (number !== undefined && base !== undefined) return { pullRequest: Number(number), base };
  }
  return undefined;
}
