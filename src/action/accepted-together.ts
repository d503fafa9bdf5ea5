import { messageOf, quote, UserError } from '../errors.ts';
import { type Acceptance, type Binding, voidBecause } from '../github/acceptance.ts';
import { readAcceptances } from '../github/acceptance-store.ts';
import { readMergeGroup } from '../github/merge-queue.ts';
import { type ChangedFiles, listComparedFiles, readPullRequest } from '../github/pull-request.ts';
import type { ModelReport, Report } from '../report/report-schema.ts';
import type { Case } from './change/case.ts';
import { decidesContent } from './change/content-paths.ts';
import { codeOf, namedBy, touches } from './change/watched-files.ts';
import type { ModeContext } from './mode.ts';
import { bindingOf } from './report-identity.ts';

type Judged = Pick<Case, 'change' | 'judging' | 'place'>;

/**
 * What was accepted of the pull requests of a merge group, where each model that fails in the group is, as it is, the one that
 * somebody accepted of one of them: by the same configuration and baseline, and of a group that changes nothing else by
 * which models are measured. What is doubted is of the whole group, and not accepted so.
 *
 * @returns undefined where that is not so; the log says why
 */
export async function acceptedTogether(
  report: Report,
  judged: Judged,
  { api, job, log }: Pick<ModeContext, 'api' | 'job' | 'log'>,
): Promise<Report['accepted']> {
  const { change } = judged;
  const queued = change?.queued;
  const binding = bindingOf(report, queued);
  if (api === undefined || change === undefined || queued === undefined || binding === undefined)
    return undefined;
  const { base, head } = change;
  try {
    const last = { pullRequest: queued, base: base.commit };
    const group = await readMergeGroup(api, job.repository, base.branch, last);
    if (group === undefined || group.pullRequests.length < 2) return undefined;
    const why = await notByModels(report, judged, () =>
      listComparedFiles(api, job.repository, group.base, head),
    );
    if (why !== undefined) {
      log.info(`what was accepted of its pull requests does not hold for the merge group: ${why}`);
      return undefined;
    }
    const given: Acceptance[] = [];
    for (const pullRequest of group.pullRequests) {
      const { sha } = (await readPullRequest(api, job.repository, pullRequest)).head;
      const isOf = { ...binding, head: sha, pullRequest };
      for (const acceptance of await readAcceptances(api, job.repository, sha))
        if (voidBecause(acceptance, isOf, []) === undefined) given.push(acceptance);
    }
    return united(report.models.filter(isStopping), binding, given, log);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    log.info(messageOf(error));
    return undefined;
  }
}

/** Why what a model was accepted for may be another now though the model is the same; undefined where it is as it was. */
async function notByModels(
  { doubts = [], proposed }: Report,
  { judging: { config }, place }: Judged,
  changed: () => Promise<ChangedFiles>,
): Promise<string | undefined> {
  const [doubt] = doubts;
  if (doubt !== undefined) return doubt;
  if (proposed !== undefined) return 'it changes the configuration';
  const [code] = codeOf(config);
  if (code !== undefined) return `${code} may read whatever it changes`;
  const { files, complete } = await changed();
  if (!complete) return 'it changes more files than GitHub lists';
  const measuring = (await namedBy(config, place)).filter(({ kind }) => kind !== 'model');
  const hit = files.find(
    (file) => decidesContent(file.path) || measuring.some((each) => touches(file, each)),
  );
  return hit && `it changes ${quote(hit.path)}, which decides what models are measured with`;
}

function isStopping({ targets }: ModelReport): boolean {
  return targets.some(({ verdict }) => verdict === 'fail' || verdict === 'error');
}

/** Who has accepted these models, each of them as it is. */
function united(
  models: readonly ModelReport[],
  now: Binding,
  given: readonly Acceptance[],
  log: ModeContext['log'],
): Report['accepted'] {
  const used = new Set<Acceptance>();
  for (const { name } of models) {
    const found = given.find((acceptance) => holdsFor(acceptance, now, name));
    if (found === undefined) {
      log.info(`nobody has accepted model ${name} of this merge group, by this configuration and baseline`);
      return undefined;
    }
    used.add(found);
  }
  const of = (say: (acceptance: Acceptance) => string) => [...new Set([...used].map(say))];
  return {
    by: of(({ by }) => by)
      .join(', ')
      .slice(0, MAX_BY),
    reason: of(({ binding, reason }) => `#${binding.pullRequest}: ${reason}`)
      .join('; ')
      .slice(0, MAX_REASON),
  };
}

/** As the report's schema bounds them. */
const [MAX_BY, MAX_REASON] = [100, 500];

/** All but the model is known to hold. */
function holdsFor(acceptance: Acceptance, now: Binding, model: string): boolean {
  const { head, pullRequest } = acceptance.binding;
  return voidBecause(acceptance, { ...now, head, pullRequest }, [model]) === undefined;
}
