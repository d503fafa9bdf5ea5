import { messageOf, printable, UserError } from '../errors.ts';
import { type Distance, distanceBehind } from './ancestry.ts';
import type { Api, Repository } from './api.ts';
import { hasStatus } from './api-error.ts';
import { type Artifact, listArtifacts, readArtifact } from './artifacts.ts';
import { listRecordings, listRecordingsOf, type Recording, type RecordingQuery } from './recording-runs.ts';
import { commitSha } from './shapes.ts';

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
  /** The nearest one there was. */
  | { readonly state: 'expired'; readonly origin: Origin }
  | { readonly state: 'unavailable'; readonly reason: string }
  /** The newest runs are of commits that the base is not built on, as those of a tag named like the branch are. */
  | { readonly state: 'hidden'; readonly reason: string };

export interface BaselineQuery extends RecordingQuery {
  /** Commit or branch that the baseline's commit has to be in the history of. */
  readonly builtOn: string;
}

/** Runs that are asked for their artifacts, the newest first. */
const MAX_RUNS = 50;
/** Of those of the base commit itself. */
const MAX_OWN = 5;
/** Of those without a baseline, the newest that are looked at for whether they are of the base's history. */
const MAX_STRANGERS = 5;
/** Hundreds of commits between a baseline and the base that are listed, so that only runs of these are looked at further. */
const PAGES_BETWEEN = 10;

/**
 * Looks for the baseline of a branch: the artifacts `quantgate-baseline` and `quantgate-baseline-…` of the successful run
 * of this workflow on this branch, started by a push or a schedule, whose commit is nearest to the base, of several the
 * newest. Not the newest of all: a tag that is named like the branch makes a new run of whatever old commit it is set on.
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

interface Recorded {
  readonly origin: Origin;
  readonly artifacts: readonly Artifact[];
}

async function look(api: Api, repository: Repository, query: BaselineQuery): Promise<BaselineArtifactLookup> {
  const found = (await ownOf(api, repository, query)) ?? (await nearestOf(api, repository, query));
  if (!('artifacts' in found)) return found;
  const { origin, artifacts } = found;
  const kept = artifacts.filter(({ expired }) => !expired);
  if (kept.length === 0) return { state: 'expired', origin };
  return { state: 'found', origin, files: await readAll(api, repository, kept) };
}

/** What the base commit itself has recorded, where it is known by its id. */
async function ownOf(
  api: Api,
  repository: Repository,
  { builtOn, ...query }: BaselineQuery,
): Promise<Recorded | undefined> {
  if (!commitSha.safeParse(builtOn).success) return undefined;
  const own = { commit: builtOn, most: MAX_OWN };
  for (const recording of await listRecordingsOf(api, repository, query, own)) {
    const recorded = await recordedBy(api, repository, recording);
    if (recorded !== undefined) return recorded;
  }
  return undefined;
}

async function nearestOf(
  api: Api,
  repository: Repository,
  query: BaselineQuery,
): Promise<Recorded | BaselineArtifactLookup> {
  const recordings = await listRecordings(api, repository, query, MAX_RUNS);
  let unknown: string | undefined;
  const distanceOf = async (commit: string, pages: number) => {
    try {
      return await distanceBehind(api, repository, { commit, of: query.builtOn, pages });
    } catch (error) {
      // So GitHub says of commits without a common one, and of those that it does not know.
      if (!hasStatus(error, 404)) throw error;
      unknown ??= messageOf(error);
      return undefined;
    }
  };
  let nearest: (Recorded & Distance) | undefined;
  for (const recording of recordings) {
    if (nearest?.between?.has(recording.head_sha) === false) continue;
    const recorded = await recordedBy(api, repository, recording);
    if (recorded === undefined) continue;
    const distance = await distanceOf(recording.head_sha, nearest === undefined ? PAGES_BETWEEN : 1);
    if (distance === undefined || (nearest !== undefined && distance.commits >= nearest.commits)) continue;
    nearest = { ...recorded, ...distance, between: distance.between ?? nearest?.between };
  }
  if (nearest !== undefined) return nearest;
  if (recordings.length === MAX_RUNS)
    for (const { id, head_sha } of recordings.slice(0, MAX_STRANGERS))
      if ((await distanceOf(head_sha, 1)) === undefined)
        return { state: 'hidden', reason: hiddenBy(id, query) };
  return unknown === undefined ? { state: 'none-yet' } : { state: 'unavailable', reason: unknown };
}

/** The baseline artifacts that a run has left, expired or not; undefined where there are none. */
async function recordedBy(
  api: Api,
  repository: Repository,
  { id, head_sha, created_at }: Recording,
): Promise<Recorded | undefined> {
  const artifacts = (await listArtifacts(api, repository, id)).filter(isBaseline);
  const origin = { commit: head_sha, date: created_at, runId: id };
  return artifacts.length === 0 ? undefined : { origin, artifacts };
}

function hiddenBy(id: number, { branch }: BaselineQuery): string {
  return `the newest ${MAX_RUNS} runs of ${printable(branch)} hide it, as run ${id} does, which is not of its history: delete the tag of that name and its runs`;
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
