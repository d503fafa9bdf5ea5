import { createHash } from 'node:crypto';
import type { Commit, Repo, State } from './state.ts';

export type Files = Readonly<Record<string, string | Uint8Array | null>>;

const sha1 = (...parts: (string | Uint8Array)[]) =>
  parts.reduce((hash, part) => hash.update(part), createHash('sha1')).digest('hex');

/** Stores a blob under the id that git itself gives it. */
export function putBlob(repo: Repo, content: string | Uint8Array): string {
  const bytes = Buffer.from(content);
  const sha = sha1(`blob ${bytes.length}\0`, bytes);
  repo.blobs.set(sha, bytes);
  return sha;
}

/** Stores a whole listing. Its id depends on nothing but the listing; it is not git's. */
export function putTree(repo: Repo, listing: ReadonlyMap<string, string>): string {
  const sorted = [...listing].sort(([a], [b]) => (a < b ? -1 : 1));
  const sha = sha1('tree', JSON.stringify(sorted));
  repo.trees.set(sha, new Map(sorted));
  return sha;
}

export function putCommit(repo: Repo, given: Omit<Commit, 'sha'>): Commit {
  const commit = { sha: sha1('commit', JSON.stringify(given)), ...given };
  repo.commits.set(commit.sha, commit);
  return commit;
}

/** Commits files (null deletes one) on top of a branch, which is made if there is none. */
export function commitFiles(
  state: State,
  repo: Repo,
  given: { branch: string; files: Files; message: string; author: string },
): Commit {
  const parent = repo.refs.get(`heads/${given.branch}`);
  const listing = new Map(parent === undefined ? [] : listingOf(repo, parent));
  for (const [path, content] of Object.entries(given.files)) {
    if (content === null) listing.delete(path);
    else listing.set(path, putBlob(repo, content));
  }
  const commit = putCommit(repo, {
    tree: putTree(repo, listing),
    parents: parent === undefined ? [] : [parent],
    message: given.message,
    author: given.author,
    date: state.now(),
  });
  repo.refs.set(`heads/${given.branch}`, commit.sha);
  moveHeads(state, repo, given.branch, commit.sha);
  return commit;
}

/** The head of an open pull request is the tip of its branch, also that of a fork. */
function moveHeads(state: State, head: Repo, branch: string, sha: string): void {
  for (const repo of state.repos.values()) {
    const moved = repo.pulls.filter(
      (pull) =>
        pull.state === 'open' && pull.headRepo === `${head.owner}/${head.name}` && pull.headBranch === branch,
    );
    if (moved.length > 0 && repo !== head) fetchObjects(head, repo);
    for (const pull of moved) pull.headSha = sha;
  }
}

export function listingOf(repo: Repo, commit: string): ReadonlyMap<string, string> {
  return repo.trees.get(repo.commits.get(commit)!.tree)!;
}

/** The content of a file of a commit; undefined if there is none. */
export function fileAt(repo: Repo, commit: string, path: string): Uint8Array | undefined {
  const blob = listingOf(repo, commit).get(path);
  return blob === undefined ? undefined : repo.blobs.get(blob);
}

/** The commit that a branch, a tag, a full ref or an id of 40 digits means. */
export function resolveRef(repo: Repo, ref: string): string | undefined {
  if (repo.commits.has(ref)) return ref;
  const short = ref.replace(/^refs\//, '');
  return repo.refs.get(short) ?? repo.refs.get(`heads/${short}`) ?? repo.refs.get(`tags/${short}`);
}

/** A commit and all its ancestors, nearest first. */
export function ancestors(repo: Repo, sha: string): string[] {
  const found = new Set([sha]);
  for (const each of found) for (const parent of repo.commits.get(each)?.parents ?? []) found.add(parent);
  return [...found];
}

export function mergeBase(repo: Repo, a: string, b: string): string | undefined {
  const ofB = new Set(ancestors(repo, b));
  return ancestors(repo, a).find((sha) => ofB.has(sha));
}

export interface Change {
  readonly path: string;
  readonly status: 'added' | 'removed' | 'modified';
  readonly blob: string;
}

export function changesBetween(repo: Repo, from: string, to: string): Change[] {
  const [old, next] = [listingOf(repo, from), listingOf(repo, to)];
  const paths = [...new Set([...old.keys(), ...next.keys()])].sort();
  return paths.flatMap((path): Change[] => {
    const [was, is] = [old.get(path), next.get(path)];
    if (was === is) return [];
    if (is === undefined) return [{ path, status: 'removed', blob: was! }];
    return [{ path, status: was === undefined ? 'added' : 'modified', blob: is }];
  });
}

/** Commits and all that they need, as a pull request from a fork brings them into the base repository. */
export function fetchObjects(from: Repo, into: Repo): void {
  for (const kind of ['blobs', 'trees', 'commits'] as const) {
    const target = into[kind] as Map<string, unknown>;
    for (const [sha, object] of from[kind]) target.set(sha, object);
  }
}
