import { type Answer, Refusal } from './answer.ts';
import { digestOf } from './objects/run.ts';
import type { Repo, State, WorkflowRun } from './state.ts';

/** Ninety days, GitHub's default retention. */
const KEPT_MS = 90 * 24 * 3600 * 1000;

/** What a job's runtime token is for. */
export interface Job {
  readonly repo: Repo;
  readonly run: WorkflowRun;
}

/** A token as the runner gives it: the client reads the ids of run and job out of it and checks nothing. */
export function runtimeToken({ run }: Job): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const scp = `Actions.Results:${backendId(run)}:job-${run.id}`;
  return `${part({ alg: 'none', typ: 'JWT' })}.${part({ scp, iss: 'fake' })}.`;
}

const backendId = (run: WorkflowRun) => `run-${run.id}`;

interface Message {
  readonly workflow_run_backend_id?: string;
  readonly name?: string;
  readonly name_filter?: string | { readonly value: string };
  readonly id_filter?: string | { readonly value: string };
  readonly size?: string;
}

const twirpError = (status: number, code: string, msg: string) => new Refusal(status, msg, { code, msg });

/**
 * The artifact service as version 4 and later of actions/upload-artifact speak to it. Not even GitHub documents it;
 * what is here is what the client of `@actions/artifact` 6 sends and expects.
 *
 * @param blobUrl where the bytes of an upload or an artifact are
 */
export function answerResults(
  method: string,
  message: Message,
  state: State,
  job: Job,
  blobUrl: (path: string) => string,
): Answer {
  const { repo, run } = job;
  if (message.workflow_run_backend_id !== backendId(run))
    throw twirpError(403, 'permission_denied', 'the token is of another workflow run');
  const ofRun = repo.artifacts.filter((each) => each.run === run.id);
  const named = () => {
    const found = ofRun.find((each) => each.name === message.name);
    if (found === undefined) throw twirpError(404, 'not_found', 'workflow run artifact not found');
    return found;
  };
  switch (method) {
    case 'CreateArtifact': {
      const name = message.name ?? '';
      if (ofRun.some((each) => each.name === name))
        throw twirpError(
          409,
          'already_exists',
          'an artifact with this name already exists on the workflow run',
        );
      const id = `upload-${state.nextId()}`;
      state.uploads.set(id, { run: run.id, name, blocks: new Map(), content: undefined });
      return { status: 200, body: { ok: true, signed_upload_url: blobUrl(`uploads/${id}`) } };
    }
    case 'FinalizeArtifact': {
      const [id, upload] =
        [...state.uploads].find(([, each]) => each.run === run.id && each.name === message.name) ?? [];
      if (upload?.content === undefined) throw twirpError(404, 'not_found', 'no upload of this name');
      if (Number(message.size) !== upload.content.length)
        throw twirpError(400, 'invalid_argument', `size ${message.size}, uploaded ${upload.content.length}`);
      state.uploads.delete(id!);
      const createdAt = state.now();
      const artifact = {
        id: state.nextId(),
        run: run.id,
        name: upload.name,
        zip: upload.content,
        expired: false,
        createdAt,
        expiresAt: new Date(Date.parse(createdAt) + KEPT_MS).toISOString(),
      };
      repo.artifacts.push(artifact);
      return { status: 200, body: { ok: true, artifact_id: String(artifact.id) } };
    }
    case 'ListArtifacts': {
      const wanted = (filter: Message['name_filter']) => (typeof filter === 'object' ? filter.value : filter);
      const [name, id] = [wanted(message.name_filter), wanted(message.id_filter)];
      const artifacts = ofRun
        .filter((each) => (name ?? each.name) === each.name && (id ?? String(each.id)) === String(each.id))
        .map((each) => ({
          workflow_run_backend_id: backendId(run),
          workflow_job_run_backend_id: `job-${run.id}`,
          database_id: String(each.id),
          name: each.name,
          size: String(each.zip.length),
          created_at: each.createdAt,
          digest: digestOf(each.zip),
        }));
      return { status: 200, body: { artifacts } };
    }
    case 'GetSignedArtifactURL':
      return { status: 200, body: { signed_url: blobUrl(`artifacts/${repo.id}/${named().id}`) } };
    case 'DeleteArtifact': {
      const artifact = named();
      repo.artifacts.splice(repo.artifacts.indexOf(artifact), 1);
      return { status: 200, body: { ok: true, artifact_id: String(artifact.id) } };
    }
    default:
      throw twirpError(404, 'bad_route', `no method ${method}`);
  }
}
