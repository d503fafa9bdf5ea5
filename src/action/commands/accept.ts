import { refusal } from '../../github/acceptance.ts';
import { storeAcceptance } from '../../github/acceptance-store.ts';
import { readPullRequest } from '../../github/pull-request.ts';
import { rerun } from '../../github/rerun.ts';
import { escapeText } from '../../report/escape.ts';
import { readBaseConfig } from '../base-config.ts';
import { bindingOf } from '../binding.ts';
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
  const authorMayAccept = isAuthor && mayWrite && (await readAuthorMayAccept(asked));
  const why = refusal({ mayWrite, isAuthor }, sha, pull.head.sha, { authorMayAccept });
  if (why !== undefined) return refused(`Not accepted: ${escapeText(why, 400)}.`);
  const judged = await readNewestReports(asked);
  if (judged === undefined) return refused(notJudged(asked));
  const { run, reports, problems } = judged;
  if (problems.length > 0)
    return refused(`Not accepted, the reports are not whole:\n\n${problemList(problems)}`);
  const failing = reports.filter(({ verdict }) => verdict !== 'pass');
  if (failing.length === 0) return refused(`There is nothing to accept: run ${run.id} of the gate passes.`);
  const bindings = failing.map(bindingOf);
  if (bindings.includes(undefined)) {
    return refused(
      'Not accepted: a model could not be judged at all, so nobody knows what it would let through.',
    );
  }
  for (const binding of bindings) {
    await storeAcceptance(api, repository, {
      quantgateAcceptance: 1,
      binding: binding!,
      by,
      reason,
      date: now,
    });
  }
  if (run.state === 'failure') await rerun(api, repository, run.id, 'failed');
  const { head } = await readPullRequest(api, repository, pull.number);
  return head.sha === sha
    ? {
        done: true,
        text: `Accepted ${sha}, and nothing else: the next push is judged anew. Reason: ${escapeText(reason, 500)}`,
      }
    : refused(`Accepted ${sha}, but ${head.sha} was pushed meanwhile, and it is judged anew.`);
}

async function readAuthorMayAccept({ api, repository, pull, configPath }: Asked): Promise<boolean> {
  return (await readBaseConfig(api, repository, pull.base.sha, configPath))?.authorMayAccept ?? false;
}
