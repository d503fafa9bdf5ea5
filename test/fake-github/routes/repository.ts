import { type Call, type Handlers, notFound, ok, page as pageOf, Refusal } from '../answer.ts';
import { ancestors, mergeBase, resolveRef } from '../git.ts';
import { commitObject, diffEntries } from '../objects/commit.ts';
import { fullRepository, repoPage, repoUrl } from '../objects/repository.ts';
import { userObject } from '../objects/user.ts';
import { fullName, type Role } from '../state.ts';

const commitOf = (call: Call, ref: string) => {
  const sha = resolveRef(call.repo, ref);
  if (sha === undefined) throw new Refusal(422, `No commit found for SHA: ${ref}`);
  return call.repo.commits.get(sha)!;
};

const shown = (call: Call, sha: string) =>
  commitObject(call.state, call.urls, call.repo, call.repo.commits.get(sha)!);

/** The four names of old, which `permission` still has. */
const permissionOf: Readonly<Record<Role, string>> = {
  admin: 'admin',
  maintain: 'write',
  write: 'write',
  triage: 'read',
  read: 'read',
  none: 'none',
};

/** A comparison has no more files, and says nowhere that it left some out. */
const MAX_COMPARED = 300;

export const repositoryRoutes: Handlers = {
  'repos/get': (call) => ok(fullRepository(call.state, call.urls, call.repo)),
  'repos/get-branch': (call) => {
    const name = call.params.branch!;
    const sha = call.repo.refs.get(`heads/${name}`);
    if (sha === undefined) throw new Refusal(404, 'Branch not found');
    const url = `${repoUrl(call.urls, call.repo)}/branches/${encodeURIComponent(name)}`;
    const isProtected = call.repo.protections.has(name);
    return ok({
      name,
      commit: shown(call, sha),
      _links: { self: url, html: `${repoPage(call.urls, call.repo)}/tree/${name}` },
      protected: isProtected,
      protection: { enabled: isProtected },
      protection_url: `${url}/protection`,
    });
  },
  'repos/get-collaborator-permission-level': (call) => {
    const user = call.state.users.get(call.params.username!);
    if (user === undefined) throw new Refusal(404, `${call.params.username} is not a user`);
    const everyone = call.repo.isPrivate ? 'none' : 'read';
    const role = user.login === call.repo.owner ? 'admin' : (call.repo.roles.get(user.login) ?? everyone);
    return ok({
      permission: permissionOf[role],
      role_name: role,
      user: { ...userObject(call.urls, user), role_name: role },
    });
  },
  'repos/get-commit': (call) => {
    const commit = commitOf(call, call.params.ref!);
    const [parent] = commit.parents;
    const files = parent === undefined ? [] : diffEntries(call.urls, call.repo, parent, commit.sha);
    return ok({ ...shown(call, commit.sha), stats: { additions: 1, deletions: 0, total: 1 }, files });
  },
  'repos/compare-commits-with-basehead': (call) => {
    const [baseRef, headRef] = call.params.basehead!.split('...');
    const [base, head] = [baseRef, headRef].map((ref) => resolveRef(call.repo, ref ?? ''));
    if (base === undefined || head === undefined) throw notFound();
    const common = mergeBase(call.repo, base, head);
    if (common === undefined) throw notFound();
    const only = (of: string, not: string) => {
      const others = new Set(ancestors(call.repo, not));
      return ancestors(call.repo, of).filter((sha) => !others.has(sha));
    };
    const [ahead, behind] = [only(head, base), only(base, head)];
    const path = `/repos/${fullName(call.repo)}/compare/${call.params.basehead}`;
    const { items, headers } = pageOf(call, path, ahead.toReversed());
    const isFirst = Number(call.query.get('page') ?? 1) === 1;
    const status =
      ahead.length > 0
        ? behind.length > 0
          ? 'diverged'
          : 'ahead'
        : behind.length > 0
          ? 'behind'
          : 'identical';
    const page = `${repoPage(call.urls, call.repo)}/compare/${call.params.basehead}`;
    const comparison = {
      url: `${repoUrl(call.urls, call.repo)}/compare/${call.params.basehead}`,
      html_url: page,
      permalink_url: page,
      diff_url: `${page}.diff`,
      patch_url: `${page}.patch`,
      base_commit: shown(call, base),
      merge_base_commit: shown(call, common),
      status,
      ahead_by: ahead.length,
      behind_by: behind.length,
      total_commits: ahead.length,
      commits: items.map((sha) => shown(call, sha)),
      files: isFirst ? diffEntries(call.urls, call.repo, common, head).slice(0, MAX_COMPARED) : [],
    };
    return ok(comparison, headers);
  },
};
