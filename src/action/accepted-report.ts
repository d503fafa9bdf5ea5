import { messageOf, UserError } from '../errors.ts';
import { voidBecause } from '../github/acceptance.ts';
import { readAcceptances } from '../github/acceptance-store.ts';
import { readPullRequest } from '../github/pull-request.ts';
import type { Report } from '../report/report-schema.ts';
import type { ModeContext } from './mode.ts';
import { bindingOf } from './report-identity.ts';

/**
 * The acceptance that holds for a report which fails, if somebody has given one; the log says why others do not.
 *
 * @param queued of a merge group, the pull request that was queued last: what was accepted of its head holds for the merge as
 * well where configuration, baseline and models are the very same
 */
export async function acceptanceOf(
  report: Report,
  { api, job, log }: Pick<ModeContext, 'api' | 'job' | 'log'>,
  queued?: number,
): Promise<Report['accepted']> {
  const judged = bindingOf(report, queued);
  if (api === undefined || judged === undefined) return undefined;
  try {
    const head =
      queued === undefined ? judged.head : (await readPullRequest(api, job.repository, queued)).head.sha;
    const binding = { ...judged, head };
    for (const acceptance of await readAcceptances(api, job.repository, head)) {
      const why = voidBecause(acceptance, binding);
      if (why === undefined) return { by: acceptance.by, reason: acceptance.reason };
      log.info(`the acceptance of ${acceptance.by} does not hold: ${why}`);
    }
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    log.info(messageOf(error));
  }
  return undefined;
}
