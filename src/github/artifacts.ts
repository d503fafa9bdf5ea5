import { z } from 'zod';
import { printable, UserError } from '../errors.ts';
import { type Api, list, type Repository } from './api.ts';
import { download } from './download.ts';
import { digest, id, name } from './shapes.ts';
import { unzip } from './unzip.ts';

const artifact = z.object({
  id,
  name,
  size_in_bytes: z.int().min(0),
  expired: z.boolean(),
  digest,
});

/** An artifact of a workflow run. */
export type Artifact = Readonly<z.infer<typeof artifact>>;

/** A matrix has at most 256 jobs, each with an artifact for the report and one for the baseline. */
const MAX_ARTIFACTS = 1000;
const MAX_BYTES = 2 ** 27;

/** @throws ApiError */
export async function listArtifacts(
  api: Api,
  repository: Repository,
  runId: number,
): Promise<readonly Artifact[]> {
  const { items } = await list(
    api,
    {
      purpose: `list the artifacts of run ${runId}`,
      route: 'GET /repos/{owner}/{repo}/actions/runs/{run_id}/artifacts',
      parameters: { ...repository, run_id: runId },
      needs: ['actions: read'],
      answer: artifact,
    },
    MAX_ARTIFACTS,
  );
  return items;
}

/**
 * The files of an artifact by their path, in memory, its digest verified.
 *
 * @throws ApiError when it cannot be downloaded; UserError when it has expired, is larger than 128 MiB, is not what its
 *   digest says, or is no archive that `unzip` takes
 */
export async function readArtifact(
  api: Api,
  repository: Repository,
  artifact: Artifact,
): Promise<Map<string, Uint8Array>> {
  const what = `artifact ${printable(artifact.name)}`;
  if (artifact.expired) throw new UserError(`${what} has expired: run the workflow that makes it again`);
  if (artifact.size_in_bytes > MAX_BYTES) {
    throw new UserError(
      `${what} has ${artifact.size_in_bytes} bytes, at most ${MAX_BYTES} are read: make it smaller`,
    );
  }
  const zip = await download(
    api,
    {
      purpose: `download ${what}`,
      route: 'GET /repos/{owner}/{repo}/actions/artifacts/{artifact_id}/zip',
      parameters: { ...repository, artifact_id: artifact.id },
      needs: ['actions: read'],
    },
    { most: MAX_BYTES, digest: artifact.digest },
  );
  return unzip(zip, what);
}
