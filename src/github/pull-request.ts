import { z } from 'zod';
import { UserError } from '../errors.ts';
import { type Api, call, list, type Repository } from './api.ts';
import { commitSha, id, login, name } from './shapes.ts';

const repository = z.object({ id, name, owner: z.object({ login }) });
const side = z.object({ ref: name, sha: commitSha, repo: repository.nullable() });
const answer = z.object({
  number: id,
  state: z.enum(['open', 'closed']),
  user: z.object({ login }).nullable(),
  head: side,
  base: side,
});

/** Where a branch is; a fork may be gone. */
export interface PullRequestBranch {
  readonly ref: string;
  readonly sha: string;
  readonly repository: (Repository & { readonly id: number }) | undefined;
}

export interface PullRequest {
  readonly number: number;
  readonly open: boolean;
  /** Login; undefined if the account is gone. */
  readonly author: string | undefined;
  readonly head: PullRequestBranch;
  readonly base: PullRequestBranch;
}

/** The head in the payload of `workflow_run`, which GitHub made; nothing of it comes from what the run left behind. */
export interface Head {
  readonly sha: string;
  readonly branch: string;
  readonly repositoryId: number;
  readonly repositoryOwner: string;
}

const MAX_PULL_REQUESTS = 1000;
/** GitHub lists no more. */
const MAX_FILES = 3000;
const MAX_COMPARED = 300;

/** @throws ApiError */
export async function readPullRequest(
  api: Api,
  repository: Repository,
  number: number,
): Promise<PullRequest> {
  const found = await call(api, {
    purpose: `read pull request ${number}`,
    route: 'GET /repos/{owner}/{repo}/pulls/{number}',
    parameters: { ...repository, number },
    needs: ['pull-requests: read'],
    answer,
  });
  return toPullRequest(found);
}

/**
 * The open pull requests whose head is this commit of this repository now: one, unless a branch is proposed to several
 * bases; none when the branch has moved on. Neither an artifact's claim nor `workflow_run.pull_requests`, which is empty
 * for forks, is needed.
 *
 * @throws ApiError
 */
export async function findPullRequests(
  api: Api,
  repository: Repository,
  head: Head,
): Promise<readonly PullRequest[]> {
  const { items } = await list(
    api,
    {
      purpose: `find the pull request of ${head.sha}`,
      route: 'GET /repos/{owner}/{repo}/pulls',
      parameters: { ...repository, state: 'open', head: `${head.repositoryOwner}:${head.branch}` },
      needs: ['pull-requests: read'],
      answer,
    },
    MAX_PULL_REQUESTS,
  );
  return items
    .map(toPullRequest)
    .filter((each) => each.head.sha === head.sha && each.head.repository?.id === head.repositoryId);
}

const MAX_OPEN = 3000;

/**
 * The open pull requests whose head is this commit now, from whatever branch or fork. GitHub's own list of a commit's pull
 * requests leaves forks out.
 *
 * @throws ApiError; UserError when there are more open pull requests than are read
 */
export async function findPullRequestsOf(
  api: Api,
  repository: Repository,
  head: string,
): Promise<readonly PullRequest[]> {
  const purpose = `find the pull requests of ${head}`;
  const { items, complete } = await list(
    api,
    {
      purpose,
      route: 'GET /repos/{owner}/{repo}/pulls',
      parameters: { ...repository, state: 'open' },
      needs: ['pull-requests: read'],
      answer,
    },
    MAX_OPEN,
  );
  if (!complete)
    throw new UserError(`cannot ${purpose}: more than ${MAX_OPEN} are open: close those that nobody needs`);
  return items.map(toPullRequest).filter((each) => each.head.sha === head);
}

export interface ChangedFile {
  readonly path: string;
  /** Where a file that was renamed came from. */
  readonly previousPath: string | undefined;
  readonly status: string;
}

export interface ChangedFiles {
  readonly files: readonly ChangedFile[];
  /** False when there may be more than GitHub lists. */
  readonly complete: boolean;
}

const changedFile = z.object({
  filename: z.string().max(4096),
  previous_filename: z.string().max(4096).optional(),
  status: z.string().max(32),
});

/**
 * The files that a pull request changes, at most 3000.
 *
 * @throws ApiError
 */
export async function listChangedFiles(
  api: Api,
  repository: Repository,
  number: number,
): Promise<ChangedFiles> {
  const { items } = await list(
    api,
    {
      purpose: `list the files of pull request ${number}`,
      route: 'GET /repos/{owner}/{repo}/pulls/{number}/files',
      parameters: { ...repository, number },
      needs: ['pull-requests: read'],
      answer: changedFile,
    },
    MAX_FILES,
  );
  return { files: items.map(toChangedFile), complete: items.length < MAX_FILES };
}

/**
 * The files that differ between a commit and one that it is based on, at most 300.
 *
 * @throws ApiError
 */
export async function listComparedFiles(
  api: Api,
  repository: Repository,
  base: string,
  head: string,
): Promise<ChangedFiles> {
  const { files } = await call(api, {
    purpose: `compare ${base} and ${head}`,
    route: 'GET /repos/{owner}/{repo}/compare/{basehead}',
    parameters: { ...repository, basehead: `${base}...${head}`, per_page: 1 },
    needs: ['contents: read'],
    answer: z.object({ files: z.array(changedFile).max(MAX_COMPARED) }),
  });
  return { files: files.map(toChangedFile), complete: files.length < MAX_COMPARED };
}

function toChangedFile({ filename, previous_filename, status }: z.infer<typeof changedFile>): ChangedFile {
  return { path: filename, previousPath: previous_filename, status };
}

function toPullRequest({ number, state, user, head, base }: z.infer<typeof answer>): PullRequest {
  return { number, open: state === 'open', author: user?.login, head: toBranch(head), base: toBranch(base) };
}

function toBranch({ ref, sha, repo }: z.infer<typeof side>): PullRequestBranch {
  return {
    ref,
    sha,
    repository: repo ? { owner: repo.owner.login, repo: repo.name, id: repo.id } : undefined,
  };
}
