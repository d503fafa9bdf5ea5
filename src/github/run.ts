import { z } from 'zod';
import { type Api, call, type Repository } from './api.ts';
import { hasStatus } from './api-error.ts';
import { commitSha } from './shapes.ts';

/** A run of a workflow. */
export interface Run {
  /** Commit; of a pull request, its head. */
  readonly head: string;
  /** Path of the workflow in the repository. */
  readonly path: string;
  /** The latest, from 1. */
  readonly attempt: number;
}

const answer = z.object({
  head_sha: commitSha,
  path: z.string().max(1024),
  run_attempt: z.int().min(1),
});

/**
 * The run of an id; undefined if there is none.
 *
 * @throws ApiError
 */
export async function readRun(api: Api, repository: Repository, id: number): Promise<Run | undefined> {
  try {
    const { head_sha, path, run_attempt } = await call(api, {
      purpose: `read run ${id}`,
      route: 'GET /repos/{owner}/{repo}/actions/runs/{run_id}',
      parameters: { ...repository, run_id: id },
      needs: ['actions: read'],
      answer,
    });
    return { head: head_sha, path: path.replace(/@.*$/, ''), attempt: run_attempt };
  } catch (error) {
    if (hasStatus(error, 404)) return undefined;
    throw error;
  }
}
