import { posix } from 'node:path';
import { z } from 'zod';
import { type Api, pages, type Repository } from './api.ts';
import { hasStatus } from './api-error.ts';
import { commitSha, date, id } from './shapes.ts';

/** The runs of a workflow on a branch. */
export interface RecordingQuery {
  readonly branch: string;
  /** Path of the workflow in the repository: `.github/workflows/quantgate.yml`. */
  readonly workflow: string;
}

const recording = z.object({
  id,
  path: z.string().max(1024),
  event: z.string().max(64),
  conclusion: z.string().max(64).nullable(),
  head_branch: z.string().max(1024).nullable(),
  head_sha: commitSha,
  created_at: date,
  repository: z.object({ id }),
  head_repository: z.object({ id }).nullable(),
});
export type Recording = Readonly<z.infer<typeof recording>>;

/** What starts a recording: GitHub runs a schedule on the default branch alone. */
const RECORDING = ['push', 'schedule'];

/**
 * The newest successful runs of a workflow that a push to this branch of this repository or a schedule started, the newest
 * first. A fork can have a branch of that name, so all of it is checked; a tag can be named like the branch, and its runs
 * are among these.
 *
 * @throws ApiError
 */
export async function listRecordings(
  api: Api,
  repository: Repository,
  query: RecordingQuery,
  most: number,
): Promise<readonly Recording[]> {
  const found: Recording[] = [];
  for (const event of RECORDING) found.push(...(await runsOf(api, repository, query, { event }, most)));
  return newest(found, most);
}

/**
 * Those of one commit, however many newer ones there are.
 *
 * @throws ApiError
 */
export async function listRecordingsOf(
  api: Api,
  repository: Repository,
  query: RecordingQuery,
  { commit, most }: { readonly commit: string; readonly most: number },
): Promise<readonly Recording[]> {
  const found = await runsOf(api, repository, query, { head_sha: commit }, most);
  return newest(
    found.filter(({ head_sha }) => head_sha === commit),
    most,
  );
}

function newest(runs: readonly Recording[], most: number): readonly Recording[] {
  return runs.toSorted((a, b) => b.id - a.id).slice(0, most);
}

async function runsOf(
  api: Api,
  repository: Repository,
  { branch, workflow }: RecordingQuery,
  filter: { readonly event: string } | { readonly head_sha: string },
  most: number,
): Promise<readonly Recording[]> {
  const found: Recording[] = [];
  const request = {
    purpose: `list the runs of ${workflow} on ${branch}`,
    route: 'GET /repos/{owner}/{repo}/actions/workflows/{workflow_id}/runs',
    parameters: {
      ...repository,
      workflow_id: posix.basename(workflow),
      branch,
      status: 'success',
      ...filter,
    },
    needs: ['actions: read'],
    answer: recording,
  } as const;
  try {
    for await (const page of pages(api, request)) {
      found.push(...page.filter((each) => isTrusted(each, branch, workflow)));
      if (found.length >= most) break;
    }
  } catch (error) {
    // The pull request that brings the workflow: it has never run.
    if (!hasStatus(error, 404)) throw error;
  }
  return found;
}

function isTrusted(run: Recording, branch: string, workflow: string): boolean {
  return (
    RECORDING.includes(run.event) &&
    run.conclusion === 'success' &&
    run.head_branch === branch &&
    run.path.replace(/@.*$/, '') === workflow &&
    run.head_repository?.id === run.repository.id
  );
}
