import { commitFiles, type Files, fetchObjects } from './git.ts';
import {
  type Artifact,
  type Comment,
  type Commit,
  fullName,
  type Permissions,
  type Pull,
  type Repo,
  type Role,
  type State,
  type Token,
  type Workflow,
  type WorkflowRun,
} from './state.ts';

/** The account behind the GITHUB_TOKEN of every workflow. */
export const ACTIONS_BOT = 'github-actions[bot]';

export function addUser(state: State, login: string): void {
  const type = login.endsWith('[bot]') ? 'Bot' : 'User';
  if (!state.users.has(login)) state.users.set(login, { id: state.nextId(), login, type });
}

/** A token of `login`: of a workflow with these `permissions` if the account is a bot, else a personal one. */
export function addToken(state: State, login: string, permissions: Permissions): string {
  addUser(state, login);
  const kind: Token['kind'] = login.endsWith('[bot]') ? 'installation' : 'user';
  const value = `${kind === 'installation' ? 'ghs' : 'github_pat'}_${state.nextId()}`;
  state.tokens.set(value, { value, login, kind, permissions });
  return value;
}

/** A repository whose default branch `main` has one commit. */
export function addRepo(
  state: State,
  name: string,
  given: {
    readonly files?: Files;
    readonly isPrivate?: boolean;
    readonly roles?: Readonly<Record<string, Role>>;
  } = {},
): Repo {
  const repo = emptyRepo(state, name, given.isPrivate ?? false, undefined);
  for (const [login, role] of Object.entries(given.roles ?? {})) {
    addUser(state, login);
    repo.roles.set(login, role);
  }
  addCommit(state, repo, { branch: 'main', files: given.files ?? { 'README.md': '# models\n' } });
  return repo;
}

export function addFork(state: State, of: Repo, owner: string): Repo {
  const fork = emptyRepo(state, `${owner}/${of.name}`, of.isPrivate, fullName(of));
  fetchObjects(of, fork);
  for (const [name, sha] of of.refs) fork.refs.set(name, sha);
  return fork;
}

/** Puts files (null deletes one) on top of a branch, which is made from the default branch if there is none. */
export function addCommit(
  state: State,
  repo: Repo,
  given: {
    readonly branch: string;
    readonly files: Files;
    readonly message?: string;
    readonly author?: string;
  },
): Commit {
  const author = given.author ?? repo.owner;
  addUser(state, author);
  const start = repo.refs.get(`heads/${repo.defaultBranch}`);
  if (!repo.refs.has(`heads/${given.branch}`) && start !== undefined)
    repo.refs.set(`heads/${given.branch}`, start);
  return commitFiles(state, repo, { ...given, message: given.message ?? 'Change files', author });
}

/** An open pull request to the default branch from a branch with a commit of `files`, in `from` or the repository. */
export function addPull(
  state: State,
  repo: Repo,
  given: { readonly author: string; readonly branch?: string; readonly files: Files; readonly from?: Repo },
): Pull {
  addUser(state, given.author);
  const head = given.from ?? repo;
  const branch = given.branch ?? 'change';
  const { sha } = addCommit(state, head, { branch, files: given.files, author: given.author });
  if (head !== repo) fetchObjects(head, repo);
  const pull: Pull = {
    id: state.nextId(),
    number: repo.pulls.length + 1,
    author: given.author,
    title: `Change ${Object.keys(given.files).join(', ')}`,
    base: repo.defaultBranch,
    headRepo: fullName(head),
    headBranch: branch,
    headSha: sha,
    state: 'open',
    draft: false,
    createdAt: state.now(),
  };
  repo.pulls.push(pull);
  return pull;
}

/** The commit of a pull request in a merge queue, which changes these files of `base`, with a run that GitHub starts on it. */
export function addMergeGroup(
  state: State,
  repo: Repo,
  pull: Pull,
  given: { readonly base: string; readonly files: Files; readonly into?: string },
): Commit {
  const branch = `gh-readonly-queue/${given.into ?? pull.base}/pr-${pull.number}-${given.base}`;
  repo.refs.set(`heads/${branch}`, given.base);
  const commit = addCommit(state, repo, { branch, files: given.files });
  addRun(state, repo, { event: 'merge_group', sha: commit.sha, branch, conclusion: null });
  return commit;
}

/** Another commit on a pull request's branch. */
export function pushToPull(state: State, pull: Pull, files: Files): Commit {
  const head = state.repos.get(pull.headRepo!)!;
  return addCommit(state, head, { branch: pull.headBranch, files, author: pull.author });
}

export function addComment(state: State, repo: Repo, pull: Pull, author: string, body: string): Comment {
  addUser(state, author);
  const now = state.now();
  const comment: Comment = {
    id: state.nextId(),
    issue: pull.number,
    author,
    body,
    createdAt: now,
    updatedAt: now,
    minimized: undefined,
    reactions: [],
  };
  repo.comments.push(comment);
  return comment;
}

export function addWorkflow(state: State, repo: Repo, path = '.github/workflows/quantgate.yml'): Workflow {
  const known = repo.workflows.find((each) => each.path === path);
  if (known !== undefined) return known;
  const workflow = { id: state.nextId(), name: path.replace(/^.*\/|\.ya?ml$/g, ''), path };
  repo.workflows.push(workflow);
  return workflow;
}

/** A run of a workflow, completed with success unless told otherwise. */
export function addRun(
  state: State,
  repo: Repo,
  given: {
    readonly event: string;
    readonly sha: string;
    readonly branch?: string;
    readonly from?: Repo;
    readonly path?: string;
    readonly actor?: string;
    readonly conclusion?: string | null;
  },
): WorkflowRun {
  const actor = given.actor ?? repo.owner;
  addUser(state, actor);
  const conclusion = given.conclusion === undefined ? 'success' : given.conclusion;
  const run: WorkflowRun = {
    id: state.nextId(),
    number: repo.runs.length + 1,
    workflow: addWorkflow(state, repo, given.path).id,
    event: given.event,
    headRepo: fullName(given.from ?? repo),
    headBranch: given.branch ?? repo.defaultBranch,
    headSha: given.sha,
    actor,
    createdAt: state.now(),
    attempt: 1,
    status: conclusion === null ? 'in_progress' : 'completed',
    conclusion,
  };
  repo.runs.push(run);
  return run;
}

export function addArtifact(
  state: State,
  repo: Repo,
  run: WorkflowRun,
  given: { readonly name: string; readonly zip: Uint8Array; readonly expired?: boolean },
): Artifact {
  const createdAt = state.now();
  const artifact: Artifact = {
    id: state.nextId(),
    run: run.id,
    name: given.name,
    zip: given.zip,
    expired: given.expired ?? false,
    createdAt,
    expiresAt: '2026-09-01T00:00:00Z',
  };
  repo.artifacts.push(artifact);
  return artifact;
}

function emptyRepo(state: State, name: string, isPrivate: boolean, forkOf: string | undefined): Repo {
  const [owner, short] = name.split('/') as [string, string];
  addUser(state, owner);
  const repo: Repo = {
    id: state.nextId(),
    owner,
    name: short,
    isPrivate,
    defaultBranch: 'main',
    forkOf,
    roles: new Map(),
    blobs: new Map(),
    trees: new Map(),
    commits: new Map(),
    refs: new Map(),
    pulls: [],
    comments: [],
    checkRuns: [],
    statuses: [],
    workflows: [],
    runs: [],
    artifacts: [],
    rulesets: [],
    protections: new Map(),
    releases: [],
    workflowPermissions: 'read',
  };
  state.repos.set(name, repo);
  return repo;
}
