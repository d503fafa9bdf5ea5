import type { Urls } from '../answer.ts';
import { fullName, type Repo, type State } from '../state.ts';
import { nodeId, userObject, userOf } from './user.ts';

/** Names of the `*_url` fields and what follows the repository's URL. */
const links = {
  archive: '/{archive_format}{/ref}',
  assignees: '/assignees{/user}',
  blobs: '/git/blobs{/sha}',
  branches: '/branches{/branch}',
  collaborators: '/collaborators{/collaborator}',
  comments: '/comments{/number}',
  commits: '/commits{/sha}',
  compare: '/compare/{base}...{head}',
  contents: '/contents/{+path}',
  contributors: '/contributors',
  deployments: '/deployments',
  downloads: '/downloads',
  events: '/events',
  forks: '/forks',
  git_commits: '/git/commits{/sha}',
  git_refs: '/git/refs{/sha}',
  git_tags: '/git/tags{/sha}',
  hooks: '/hooks',
  issue_comment: '/issues/comments{/number}',
  issue_events: '/issues/events{/number}',
  issues: '/issues{/number}',
  keys: '/keys{/key_id}',
  labels: '/labels{/name}',
  languages: '/languages',
  merges: '/merges',
  milestones: '/milestones{/number}',
  notifications: '/notifications{?since,all,participating}',
  pulls: '/pulls{/number}',
  releases: '/releases{/id}',
  stargazers: '/stargazers',
  statuses: '/statuses/{sha}',
  subscribers: '/subscribers',
  subscription: '/subscription',
  tags: '/tags',
  teams: '/teams',
  trees: '/git/trees{/sha}',
};

export function repoUrl(urls: Urls, repo: Repo): string {
  return `${urls.api}/repos/${fullName(repo)}`;
}

export function repoPage(urls: Urls, repo: Repo): string {
  return `${urls.html}/${fullName(repo)}`;
}

/** A repository as runs and pull requests show it (`minimal-repository`). */
export function minimalRepository(state: State, urls: Urls, repo: Repo) {
  const url = repoUrl(urls, repo);
  return {
    id: repo.id,
    node_id: nodeId('Repository', repo.id),
    name: repo.name,
    full_name: fullName(repo),
    owner: userObject(urls, userOf(state, repo.owner)),
    private: repo.isPrivate,
    html_url: repoPage(urls, repo),
    description: null,
    fork: repo.forkOf !== undefined,
    url,
    ...Object.fromEntries(Object.entries(links).map(([name, path]) => [`${name}_url`, `${url}${path}`])),
  };
}

/** A repository with everything (`repository`, and `full-repository` where it is the answer itself). */
export function repositoryObject(state: State, urls: Urls, repo: Repo) {
  const page = repoPage(urls, repo);
  return {
    ...minimalRepository(state, urls, repo),
    git_url: `git://${new URL(page).host}/${fullName(repo)}.git`,
    ssh_url: `git@${new URL(page).host}:${fullName(repo)}.git`,
    clone_url: `${page}.git`,
    svn_url: page,
    mirror_url: null,
    homepage: null,
    language: null,
    license: null,
    default_branch: repo.defaultBranch,
    visibility: repo.isPrivate ? 'private' : 'public',
    forks: 0,
    forks_count: 0,
    stargazers_count: 0,
    watchers: 0,
    watchers_count: 0,
    open_issues: repo.pulls.length,
    open_issues_count: repo.pulls.length,
    size: 1024,
    topics: [],
    has_issues: true,
    has_projects: true,
    has_downloads: true,
    has_wiki: true,
    has_pages: false,
    has_discussions: false,
    archived: false,
    disabled: false,
    allow_forking: true,
    web_commit_signoff_required: false,
    pushed_at: '2026-05-31T00:00:00Z',
    created_at: '2026-01-01T00:00:00Z',
    updated_at: '2026-05-31T00:00:00Z',
  };
}

/** `GET /repos/{owner}/{repo}` (`full-repository`). */
export function fullRepository(state: State, urls: Urls, repo: Repo) {
  const parent = repo.forkOf === undefined ? undefined : state.repos.get(repo.forkOf);
  const origin = parent && repositoryObject(state, urls, parent);
  return {
    ...repositoryObject(state, urls, repo),
    network_count: 0,
    subscribers_count: 0,
    ...(origin && { parent: origin, source: origin }),
  };
}
