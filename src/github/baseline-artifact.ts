import { posix } from 'node:path';
import { z } from 'zod';
import { messageOf, printable, UserError } from '../errors.ts';
import { isAncestor } from './ancestry.ts';
import { type Api, pages, type Repository } from './api.ts';
import { hasStatus } from './api-error.ts';
import { type Artifact, listArtifacts, readArtifact } from './artifacts.ts';
import { commitSha, date, id } from './shapes.ts';

const BASELINE_ARTIFACT = 'quantgate-baseline';

/** The run that made a baseline. */
export interface Origin {
  readonly commit: string;
  /** ISO 8601. */
  readonly date: string;
  readonly runId: number;
}

export type BaselineArtifactLookup =
  /** `files` are those of all its baseline artifacts, by name. */
  | { readonly state: 'found'; readonly origin: Origin; readonly files: ReadonlyMap<string, Uint8Array> }
  /** No run of the workflow on the base branch has left one. */
  | { readonly state: 'none-yet' }
  /** The latest one there was. */
  | { readonly state: 'expired'; readonly origin: Origin }
  | { readonly state: 'unavailable'; readonly reason: string }
  /** The newest runs are of commits that the base is not built on, as those of a tag named like the branch are. */
  | { readonly state: 'hidden'; readonly reason: string };

export interface BaselineQuery {
  readonly branch: string;
  /** Commit or branch that the baseline's commit has to be in the history of. */
  readonly builtOn: string;
  /** Path of the workflow in the repository: `.github/workflows/quantgate.yml`. */
  readonly workflow: string;
}

/** Runs that are asked for their artifacts, the newest first. */
const MAX_RUNS = 50;
/** Of those without a baseline, the newest that are looked at for whether they are of the base's history. */
const MAX_STRANGERS = 5;

/** What starts a recording: GitHub runs a schedule on the default branch alone. */
const RECORDING = ['push', 'schedule'];

const run = z.object({
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
type Run = z.infer<typeof run>;

/**
 * Looks for the baseline of a branch: the artifacts `quantgate-baseline` and `quantgate-baseline-…` of the newest
 * successful run of this workflow on this branch of this repository that a push or a schedule started, of a commit that the
 * base is built on. A fork can have a branch of that name and a workflow that leaves such artifacts, so all of it is checked.
 */
export async function lookUpBaselineArtifact(
  api: Api,
  repository: Repository,
  query: BaselineQuery,
): Promise<BaselineArtifactLookup> {
  try {
    return await look(api, repository, query);
  } catch (error) {
    if (error instanceof UserError) return { state: 'unavailable', reason: messageOf(error) };
    throw error;
  }
}

async function look(api: Api, repository: Repository, query: BaselineQuery): Promise<BaselineArtifactLookup> {
  let expired: Origin | undefined;
  const runs = await candidates(api, repository, query);
  let unknown: string | undefined;
  const isOfBase = async (commit: string) => {
    try {
      return await isAncestor(api, repository, commit, query.builtOn);
    } catch (error) {
      // So GitHub says of commits without a common one, and of those that it does not know.
      if (!hasStatus(error, 404)) throw error;
      unknown ??= messageOf(error);
      return false;
    }
  };
  for (const { id, head_sha, created_at } of runs) {
    const origin = { commit: head_sha, date: created_at, runId: id };
    const made = (await listArtifacts(api, repository, id)).filter(isBaseline);
    const kept = made.filter((artifact) => !artifact.expired);
    // A tag can be named like the branch: its run is of whatever somebody tagged.
    if (made.length === 0 || !(await isOfBase(head_sha))) continue;
    if (kept.length > 0) return { state: 'found', origin, files: await readAll(api, repository, kept) };
    expired ??= origin;
  }
  if (expired !== undefined) return { state: 'expired', origin: expired };
  if (runs.length === MAX_RUNS)
    for (const { id, head_sha } of runs.slice(0, MAX_STRANGERS))
      if (!(await isOfBase(head_sha))) return { state: 'hidden', reason: hiddenBy(id, query) };
  return unknown === undefined ? { state: 'none-yet' } : { state: 'unavailable', reason: unknown };
}

function hiddenBy(id: number, { branch }: BaselineQuery): string {
  return `the newest ${MAX_RUNS} runs of ${printable(branch)} hide it, as run ${id} does, which is not of its history: delete the tag of that name and its runs`;
}

async function candidates(
  api: Api,
  repository: Repository,
  { branch, workflow }: Pick<BaselineQuery, 'branch' | 'workflow'>,
): Promise<readonly Run[]> {
  const found: Run[] = [];
  for (const event of RECORDING) found.push(...(await runsOf(api, repository, { branch, workflow, event })));
  return found.sort((a, b) => b.id - a.id).slice(0, MAX_RUNS);
}

async function runsOf(
  api: Api,
  repository: Repository,
  { branch, workflow, event }: Pick<BaselineQuery, 'branch' | 'workflow'> & { readonly event: string },
): Promise<readonly Run[]> {
  const found: Run[] = [];
  const request = {
    purpose: `list the runs of ${workflow} on ${branch}`,
    route: 'GET /repos/{owner}/{repo}/actions/workflows/{workflow_id}/runs',
    parameters: {
      ...repository,
      workflow_id: posix.basename(workflow),
      branch,
      event,
      status: 'success',
    },
    needs: ['actions: read'],
    answer: run,
  } as const;
  try {
    for await (const page of pages(api, request)) {
      found.push(...page.filter((run) => isTrusted(run, branch, workflow)));
      if (found.length >= MAX_RUNS) break;
    }
  } catch (error) {
    // The pull request that brings the workflow: it has never run.
    if (!hasStatus(error, 404)) throw error;
  }
  return found;
}

function isTrusted(run: Run, branch: string, workflow: string): boolean {
  return (
    RECORDING.includes(run.event) &&
    run.conclusion === 'success' &&
    run.head_branch === branch &&
    run.path.replace(/@.*$/, '') === workflow &&
    run.head_repository?.id === run.repository.id
  );
}

function isBaseline({ name }: Artifact): boolean {
  return name === BASELINE_ARTIFACT || name.startsWith(`${BASELINE_ARTIFACT}-`);
}

async function readAll(api: Api, repository: Repository, artifacts: readonly Artifact[]) {
  const files = new Map<string, Uint8Array>();
  for (const artifact of artifacts) {
    for (const [name, bytes] of await readArtifact(api, repository, artifact)) {
      if (files.has(name)) {
        throw new UserError(
          `two baseline artifacts hold ${name}: give each job of the matrix models of its own`,
        );
      }
      files.set(name, bytes);
    }
  }
  return files;
}
