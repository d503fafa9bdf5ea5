import type { Urls } from '../answer.ts';
import { type Change, changesBetween } from '../git.ts';
import type { Commit, Repo, State } from '../state.ts';
import { repoPage, repoUrl } from './repository.ts';
import { nodeId, userObject, userOf } from './user.ts';

const verification = {
  verified: false,
  reason: 'unsigned',
  signature: null,
  payload: null,
  verified_at: null,
};

const person = (commit: Commit) => ({
  name: commit.author,
  email: `${commit.author}@users.noreply.github.com`,
  date: commit.date,
});

/** A commit of the git database (`git-commit`). */
export function gitCommit(urls: Urls, repo: Repo, commit: Commit) {
  return {
    sha: commit.sha,
    node_id: nodeId('Commit', commit.sha),
    url: `${repoUrl(urls, repo)}/git/commits/${commit.sha}`,
    html_url: `${repoPage(urls, repo)}/commit/${commit.sha}`,
    author: person(commit),
    committer: person(commit),
    tree: { sha: commit.tree, url: `${repoUrl(urls, repo)}/git/trees/${commit.tree}` },
    message: commit.message,
    parents: commit.parents.map((sha) => ({
      sha,
      url: `${repoUrl(urls, repo)}/git/commits/${sha}`,
      html_url: `${repoPage(urls, repo)}/commit/${sha}`,
    })),
    verification,
  };
}

/** A commit as the repository's history shows it (`commit`). */
export function commitObject(state: State, urls: Urls, repo: Repo, commit: Commit) {
  const url = `${repoUrl(urls, repo)}/commits/${commit.sha}`;
  const user = userObject(urls, userOf(state, commit.author));
  return {
    url,
    sha: commit.sha,
    node_id: nodeId('Commit', commit.sha),
    html_url: `${repoPage(urls, repo)}/commit/${commit.sha}`,
    comments_url: `${url}/comments`,
    commit: {
      url: `${repoUrl(urls, repo)}/git/commits/${commit.sha}`,
      author: person(commit),
      committer: person(commit),
      message: commit.message,
      comment_count: 0,
      tree: { sha: commit.tree, url: `${repoUrl(urls, repo)}/git/trees/${commit.tree}` },
      verification,
    },
    author: user,
    committer: user,
    parents: commit.parents.map((sha) => ({
      sha,
      url: `${repoUrl(urls, repo)}/commits/${sha}`,
      html_url: `${repoPage(urls, repo)}/commit/${sha}`,
    })),
  };
}

/** Changed files of a pull request or a comparison (`diff-entry`). Line counts are made up. */
export function diffEntries(urls: Urls, repo: Repo, from: string, to: string) {
  return changesBetween(repo, from, to).map((change) => diffEntry(urls, repo, to, change));
}

function diffEntry(urls: Urls, repo: Repo, sha: string, { path, status, blob }: Change) {
  const page = repoPage(urls, repo);
  return {
    sha: blob,
    filename: path,
    status,
    additions: status === 'removed' ? 0 : 1,
    deletions: status === 'added' ? 0 : 1,
    changes: status === 'modified' ? 2 : 1,
    blob_url: `${page}/blob/${sha}/${encodeURI(path)}`,
    raw_url: `${page}/raw/${sha}/${encodeURI(path)}`,
    contents_url: `${repoUrl(urls, repo)}/contents/${encodeURI(path)}?ref=${sha}`,
  };
}
