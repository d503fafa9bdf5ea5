import { type Call, type Handlers, named, ok, page } from '../answer.ts';
import { diffEntries } from '../objects/commit.ts';
import { pullBase, pullObject, pullSummary } from '../objects/pull.ts';
import { fullName, type Pull } from '../state.ts';

const pullOf = (call: Call) =>
  named(call.repo.pulls, (each) => each.number === Number(call.params.pull_number));

function listed(call: Call, path: string, pulls: readonly Pull[]) {
  const { items, headers } = page(call, `/repos/${fullName(call.repo)}${path}`, pulls);
  return ok(
    items.map((each) => pullSummary(call.state, call.urls, call.repo, each)),
    headers,
  );
}

/** A pull request lists no more files, and says nowhere that it left some out. */
const MAX_FILES = 3000;

export const pullRoutes: Handlers = {
  'pulls/list': (call) => {
    const state = call.query.get('state') ?? 'open';
    const [base, head] = [call.query.get('base'), call.query.get('head')];
    // GitHub ignores a head that is not `owner:branch`.
    const isHead = (pull: Pull) =>
      head === null || !head.includes(':') || head === `${pull.headRepo?.split('/')[0]}:${pull.headBranch}`;
    const matching = call.repo.pulls.filter(
      (pull) =>
        (state === 'all' || pull.state === state) && (base === null || pull.base === base) && isHead(pull),
    );
    return listed(call, '/pulls', matching.toReversed());
  },
  'pulls/get': (call) => ok(pullObject(call.state, call.urls, call.repo, pullOf(call))),
  'pulls/list-files': (call) => {
    const pull = pullOf(call);
    const all = diffEntries(call.urls, call.repo, pullBase(call.repo, pull), pull.headSha);
    const files = all.slice(0, MAX_FILES);
    const { items, headers } = page(call, `/repos/${fullName(call.repo)}/pulls/${pull.number}/files`, files);
    return ok(items, headers);
  },
  'repos/list-pull-requests-associated-with-commit': (call) => {
    const sha = call.params.commit_sha!;
    // Heads of forks are not found by this operation.
    const pulls = call.repo.pulls.filter(
      (each) => each.headSha === sha && each.headRepo === fullName(call.repo),
    );
    return listed(call, `/commits/${sha}/pulls`, pulls);
  },
};
