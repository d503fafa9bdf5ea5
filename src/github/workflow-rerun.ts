import { type Api, call, type Repository } from './api.ts';
import { hasStatus } from './api-error.ts';
import { ignored } from './shapes.ts';

const routes = {
  all: 'POST /repos/{owner}/{repo}/actions/runs/{run_id}/rerun',
  failed: 'POST /repos/{owner}/{repo}/actions/runs/{run_id}/rerun-failed-jobs',
} as const;

/**
 * Starts the jobs of a run again, as another attempt at the same commit. Nothing is wrong if they run already.
 *
 * @throws ApiError
 */
export async function rerunJobs(
  api: Api,
  repository: Repository,
  runId: number,
  jobs: keyof typeof routes,
): Promise<void> {
  try {
    await call(api, {
      purpose: `start run ${runId} again`,
      route: routes[jobs],
      parameters: { ...repository, run_id: runId },
      needs: ['actions: write'],
      answer: ignored,
    });
  } catch (error) {
    // Also the answer to a request that is repeated because the first answer got lost.
    if (!hasStatus(error, 403) || !/already running/i.test(error.message)) throw error;
  }
}
