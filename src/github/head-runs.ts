import { z } from 'zod';
import { type Api, list, type Repository } from './api.ts';
import type { PullRequest } from './pull-request.ts';
import { commitSha, id, login } from './shapes.ts';

const run = z.object({
  id,
  head_sha: commitSha,
  status: z.string().max(64).nullable(),
  conclusion: z.string().max(64).nullable(),
  head_repository: z.object({ id }).nullable(),
  path: z.string().max(1024),
  actor: z.object({ login }).nullish(),
});

/** A workflow run that a pull request started. */
export interface HeadRun {
  readonly id: number;
  readonly head: string;
  /** Path of the workflow in the repository. */
  readonly path: string;
  /** Login of who started it: of the first run of a commit, who pushed that or opened the pull request. */
  readonly actor: string | undefined;
  /** GitHub's conclusion of a run that has ended, else its status: `success`, `cancelled`, `in_progress`. */
  readonly state: string;
  /** Whether it ended with a verdict of its own, not because of a person or the clock. */
  readonly finished: boolean;
}

const MAX_RUNS = 100;

/**
 * The runs that the commits of a pull request started, of any workflow, the newest first. A branch of another fork can
 * have the same name, and its runs are left out.
 *
 * @param commit only those of this commit; those of the branch if undefined
 * @throws ApiError
 */
export async function listHeadRuns(
  api: Api,
  repository: Repository,
  { head }: PullRequest,
  commit?: string,
): Promise<readonly HeadRun[]> {
  const { items } = await list(
    api,
    {
      purpose: `list the runs of ${commit ?? head.ref}`,
      route: 'GET /repos/{owner}/{repo}/actions/runs',
      parameters: {
        ...repository,
        event: 'pull_request',
        ...(commit === undefined ? { branch: head.ref } : { head_sha: commit }),
      },
      needs: ['actions: read'],
      answer: run,
    },
    MAX_RUNS,
  );
  return items
    .filter(({ head_repository }) => head_repository?.id === head.repository?.id)
    .sort((a, b) => b.id - a.id)
    .map(({ id, head_sha, path, actor, status, conclusion }) => ({
      id,
      head: head_sha,
      path: path.replace(/@.*$/, ''),
      actor: actor?.login,
      state: conclusion ?? status ?? 'unknown',
      finished: status === 'completed' && (conclusion === 'success' || conclusion === 'failure'),
    }));
}
