/** What the fake GitHub knows, as plain data. Routes read and change it; `build.ts` fills it. */
export interface State {
  readonly users: Map<string, User>;
  readonly tokens: Map<string, Token>;
  readonly repos: Map<string, Repo>;
  /** Uploads of the artifact service that are not finalized, by upload id. */
  readonly uploads: Map<string, Upload>;
  /** A number that nothing else has. */
  nextId(): number;
  /** ISO time, one second later at every call, so that an order in time is an order of calls. */
  now(): string;
}

export interface User {
  readonly id: number;
  readonly login: string;
  readonly type: 'User' | 'Bot';
}

export type Scope =
  | 'actions'
  | 'administration'
  | 'checks'
  | 'contents'
  | 'issues'
  | 'metadata'
  | 'pull_requests'
  | 'statuses';

export type Permissions = Readonly<Partial<Record<Scope, 'read' | 'write'>>>;

export interface Token {
  readonly value: string;
  readonly login: string;
  /** A job's GITHUB_TOKEN is one of an installation; it cannot ask who it is over REST. */
  readonly kind: 'installation' | 'user';
  readonly permissions: Permissions;
}

export type Role = 'admin' | 'maintain' | 'write' | 'triage' | 'read' | 'none';

export interface Repo {
  readonly id: number;
  readonly owner: string;
  readonly name: string;
  readonly isPrivate: boolean;
  readonly defaultBranch: string;
  /** `owner/name` of the repository that this one is a fork of. */
  readonly forkOf: string | undefined;
  readonly roles: Map<string, Role>;
  readonly blobs: Map<string, Uint8Array>;
  /** Paths to blobs. A tree stands for a commit's whole listing. */
  readonly trees: Map<string, ReadonlyMap<string, string>>;
  readonly commits: Map<string, Commit>;
  /** `heads/main`, without `refs/`. */
  readonly refs: Map<string, string>;
  readonly pulls: Pull[];
  readonly comments: Comment[];
  readonly checkRuns: CheckRun[];
  readonly statuses: CommitStatus[];
  readonly workflows: Workflow[];
  readonly runs: WorkflowRun[];
  readonly artifacts: Artifact[];
  readonly rulesets: Ruleset[];
  /** The body of the last PUT, by branch. */
  readonly protections: Map<string, Protection>;
  readonly releases: Release[];
  /** What a job gets whose workflow says nothing of permissions. */
  workflowPermissions: 'read' | 'write';
}

export interface Commit {
  readonly sha: string;
  readonly tree: string;
  readonly parents: readonly string[];
  readonly message: string;
  readonly author: string;
  readonly date: string;
}

export interface Pull {
  readonly id: number;
  readonly number: number;
  readonly author: string;
  readonly title: string;
  readonly base: string;
  /** `owner/name` of the head's repository; undefined once the fork is deleted. */
  headRepo: string | undefined;
  readonly headBranch: string;
  headSha: string;
  state: 'open' | 'closed';
  readonly draft: boolean;
  readonly createdAt: string;
}

export interface Comment {
  readonly id: number;
  readonly issue: number;
  readonly author: string;
  body: string;
  readonly createdAt: string;
  updatedAt: string;
  minimized: string | undefined;
  readonly reactions: Reaction[];
}

export interface Reaction {
  readonly id: number;
  readonly author: string;
  readonly content: string;
  readonly createdAt: string;
}

export interface CheckRun {
  readonly id: number;
  readonly headSha: string;
  readonly startedAt: string;
  name: string;
  status: string;
  conclusion: string | null;
  completedAt: string | null;
  externalId: string;
  detailsUrl: string | null;
  output: { title: string | null; summary: string | null; text: string | null; annotations: number };
}

export interface CommitStatus {
  readonly id: number;
  readonly sha: string;
  readonly author: string;
  readonly state: string;
  readonly context: string;
  readonly description: string | null;
  readonly targetUrl: string | null;
  readonly createdAt: string;
}

export interface Workflow {
  readonly id: number;
  readonly name: string;
  readonly path: string;
}

export interface WorkflowRun {
  readonly id: number;
  readonly number: number;
  readonly workflow: number;
  readonly event: string;
  readonly headRepo: string;
  readonly headBranch: string;
  readonly headSha: string;
  readonly actor: string;
  readonly createdAt: string;
  attempt: number;
  status: string;
  conclusion: string | null;
}

export interface Artifact {
  readonly id: number;
  readonly run: number;
  readonly name: string;
  readonly zip: Uint8Array;
  readonly expired: boolean;
  readonly createdAt: string;
  readonly expiresAt: string;
}

export interface Upload {
  readonly run: number;
  readonly name: string;
  readonly blocks: Map<string, Uint8Array>;
  content: Uint8Array | undefined;
}

export interface Ruleset {
  readonly id: number;
  readonly createdAt: string;
  updatedAt: string;
  fields: Readonly<Record<string, unknown>>;
}

export interface Protection {
  readonly checks: readonly { readonly context: string; readonly app_id: number | null }[] | undefined;
  readonly strict: boolean;
  readonly enforceAdmins: boolean;
  readonly reviews: Readonly<Record<string, unknown>> | undefined;
}

export interface Release {
  readonly id: number;
  readonly tag: string;
  readonly title: string;
  readonly body: string;
  readonly draft: boolean;
  readonly prerelease: boolean;
  readonly author: string;
  readonly createdAt: string;
  readonly assets: Asset[];
}

export interface Asset {
  readonly id: number;
  readonly name: string;
  readonly label: string;
  readonly contentType: string;
  readonly bytes: Uint8Array;
  readonly createdAt: string;
  readonly uploader: string;
}

const FIRST_MOMENT = Date.UTC(2026, 5, 1, 9);

export function emptyState(): State {
  let id = 1000;
  let seconds = 0;
  return {
    users: new Map(),
    tokens: new Map(),
    repos: new Map(),
    uploads: new Map(),
    nextId: () => ++id,
    now: () => new Date(FIRST_MOMENT + 1000 * seconds++).toISOString().replace('.000Z', 'Z'),
  };
}

export function fullName(repo: Repo): string {
  return `${repo.owner}/${repo.name}`;
}
