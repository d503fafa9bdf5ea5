import { UserError } from '../../errors.ts';
import { refusal } from '../../github/acceptance.ts';
import { storeAcceptance } from '../../github/acceptance-store.ts';
import { readCommitLogins } from '../../github/commit-logins.ts';
import { type HeadRun, listHeadRuns } from '../../github/head-runs.ts';
import { rerunJobs } from '../../github/workflow-rerun.ts';
import { escapeText } from '../../report/escape.ts';
import { isStopped } from '../../report/is-stopped.ts';
import { readBaseConfig } from '../change/base-config.ts';
import { bindingOf } from '../report-identity.ts';
import { type Asked, type Reply, refused } from './asked.ts';
import { notJudged, problemList, readNewestReports } from './gate-run.ts';

/**
 * Lets the pull request's head through in spite of its verdict: stores who accepts what the newest reports judged, and
 * starts the failed jobs again, which then find that.
 *
 * @param now ISO 8601
 */
export async function accept(
  asked: Asked,
  { sha, reason }: { readonly sha: string; readonly reason: string },
  now: string,
): Promise<Reply> {
  const { api, repository, pull, by, mayWrite } = asked;
  const isAuthor = by === pull.author;
  const isPusher = mayWrite && !isAuthor && (await pushersOf(asked)).includes(by);
  const authorMayAccept = (isAuthor || isPusher) && mayWrite && (await readAuthorMayAccept(asked));
  const why = refusal({ mayWrite, isAuthor, isPusher }, sha, pull.head.sha, { authorMayAccept });
  if (why !== undefined) return refused(`Not accepted: ${escapeText(why, 400)}.`);
  const judged = await readNewestReports(asked);
  if (judged === undefined) return refused(notJudged(asked));
  const { run, reports, problems, doubts } = judged;
  if (problems.length > 0)
    return refused(`Not accepted, the reports are not whole:\n\n${problemList(problems)}`);
  if (doubts.length > 0)
    return refused(`Not accepted, nobody knows what that would let through:\n\n${problemList(doubts)}`);
  const failing = reports.filter(isStopped);
  if (failing.length === 0) return refused('There is nothing to accept: no target is above its budget.');
  const bindings = failing.flatMap((report) => bindingOf(report) ?? []);
  if (bindings.length < failing.length) {
    return refused('Not accepted: a model could not be read, so nobody knows what that would let through.');
  }
  if (failing.every(({ accepted }) => accepted !== undefined)) return refused('That is accepted already.');
  for (const binding of bindings) {
    await storeAcceptance(api, repository, { quantgateAcceptance: 1, binding, by, reason, date: now });
  }
  const next = await startAgain(asked, run);
  return { done: true, text: `Accepted ${sha} and nothing else: ${escapeText(reason, 500)}\n\n${next}` };
}

/** What is accepted stays so if that fails. */
async function startAgain({ api, repository }: Asked, { id, state }: HeadRun): Promise<string> {
  if (state !== 'failure') return `Run ${id} of the gate did not fail.`;
  try {
    await rerunJobs(api, repository, id, 'failed');
    return `Run ${id} of the gate is started again, and passes with this. The next push is judged anew.`;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return `Run ${id} of the gate was not started again, run its failed jobs by hand: ${escapeText(error.message, 400)}`;
  }
}

/** Who made the head commit, or brought it there: the first run of a commit is of whoever pushed it. */
async function pushersOf({ api, repository, pull }: Asked): Promise<readonly string[]> {
  const { sha } = pull.head;
  const first = (await listHeadRuns(api, repository, pull, sha)).at(-1);
  return [first?.actor, ...(await readCommitLogins(api, repository, sha))].flatMap((each) => each ?? []);
}

async function readAuthorMayAccept({ api, repository, pull, configPath }: Asked): Promise<boolean> {
  return (await readBaseConfig(api, repository, pull.base.sha, configPath))?.authorMayAccept ?? false;
}
