import { UserError } from '../../errors.ts';
import { findPullRequestsOf } from '../../github/pull-request.ts';
import type { ModeContext } from '../mode.ts';
import type { Change } from './change.ts';

/**
 * GitHub keeps the check of a job by the head commit: what one base lets pass would stand for what another one does not.
 *
 * @throws UserError when the head is proposed to another branch as well, ApiError when GitHub does not tell
 */
export async function refuseOtherBases(
  { head, base, pullRequest }: Change,
  { api, job: { repository } }: Pick<ModeContext, 'api' | 'job'>,
): Promise<void> {
  if (api === undefined || pullRequest === undefined) return;
  const pulls = await findPullRequestsOf(api, repository, head);
  const other = pulls.find(({ number, base: { ref } }) => number !== pullRequest && ref !== base.branch);
  if (other === undefined) return;
  throw new UserError(
    `${head} is also proposed to ${other.base.ref} (pull request ${other.number}), and GitHub keeps one check for both: close one of them, or give one another commit`,
  );
}
