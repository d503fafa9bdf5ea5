import type { CommentPolicy } from '../../config/comment-policy.ts';
import { printable, UserError } from '../../errors.ts';
import type { Api, Repository } from '../../github/api.ts';
import { findPullRequests, type PullRequest } from '../../github/pull-request.ts';
import { isStopped } from '../../report/is-stopped.ts';
import type { Report } from '../../report/report-schema.ts';
import { acceptanceOf } from '../accepted-report.ts';
import { readBaseConfig } from '../change/base-config.ts';
import { placeOfConfig } from '../change/config-place.ts';
import { type Court, claimsOn } from '../claims.ts';
import type { Event } from '../event.ts';
import type { Log, ModeContext, Outcome } from '../mode.ts';
import { publish } from '../publish.ts';
import { type RunReports, readReports } from '../run-reports.ts';

type Run = Extract<Event, { kind: 'workflow-run' }>['run'];

const nothing: Outcome = { outputs: {}, summary: '', failure: undefined };

/**
 * Says on the pull request what a run of the gate found that could not say it itself, because its token only reads. The
 * run belongs to whoever proposes the change: which pull request it is about, and at which commit, is GitHub's to tell.
 *
 * @param pause waits for milliseconds before the comment is read again
 */
export async function report(
  { inputs, job, event, api, log }: ModeContext,
  pause?: (milliseconds: number) => Promise<unknown>,
): Promise<Outcome> {
  if (event.kind !== 'workflow-run') {
    throw new UserError(`mode report does not know event ${job.event}: start the workflow on workflow_run`);
  }
  if (api === undefined) throw new UserError('mode report needs a token: set the input token');
  const { run } = event;
  const repository = job.repository;
  const skip = whyNothing(run);
  if (skip !== undefined) {
    log.info(`run ${run.id} ${skip}: there is nothing to report`);
    return nothing;
  }
  const { head_repository: from, head_branch: branch } = run;
  const pulls =
    from === null || branch === null
      ? []
      : await findPullRequests(api, repository, {
          sha: run.head_sha,
          branch,
          repositoryId: from.id,
          repositoryOwner: from.owner.login,
        });
  if (pulls.length === 0) {
    log.notice(`no open pull request has ${run.head_sha} as its head now: run ${run.id} is not reported`);
    return nothing;
  }
  const found = await reportsOf(run, api, repository);
  const path = run.path.replace(/@.*$/, '');
  const configPath = placeOfConfig(job.workspace, inputs.config).inRepository;
  const court = { api, repository, configPath };
  for (const pull of pulls) {
    const claims = await claimsOn(pull, found, path, court);
    if (claims === undefined) {
      log.info(`pull request ${pull.number}: run ${run.id} judged another one`);
      continue;
    }
    const reports = await Promise.all(
      claims.reports.map((claim) => withAcceptance(claim, { api, job, log })),
    );
    const unsaid = unsaidBy(reports, claims.problems, run);
    const publication = {
      repository,
      pullRequest: pull.number,
      branch: pull.base.ref,
      head: run.head_sha,
      run: { id: run.id, attempt: run.run_attempt, url: run.html_url, workflow: path },
      reports,
      artifacts: found.artifacts,
      whole: { problems: claims.problems, doubts: [...unsaid, ...claims.doubts] },
      policy: inputs.comment ?? (await policyOf({ ...court, log }, pull)),
      check: true,
    };
    for (const line of await publish(api, publication, pause)) log.warning(line);
    log.info(`pull request ${pull.number}: ${claims.reports.length} reports of run ${run.id}`);
  }
  return nothing;
}

function whyNothing({ event, status, conclusion }: Run): string | undefined {
  if (event !== 'pull_request') return `was started by ${printable(event)}, not by a pull request`;
  if (status !== 'completed') return 'has not ended';
  return conclusion === 'skipped' ? 'was skipped' : undefined;
}

async function reportsOf(run: Run, api: Api, repository: Repository): Promise<RunReports> {
  const found = await readReports(api, repository, run.id, run.head_sha);
  if (found.reports.length > 0 || found.problems.length > 0) return found;
  const how = run.conclusion === null ? '' : ` (${printable(run.conclusion)})`;
  return { ...found, problems: [`the gate ended${how} without a report: see its log, and run it again`] };
}

/** A job that ended without a report left none to say that it did: the others do not speak for it. */
function unsaidBy(reports: readonly Report[], problems: readonly string[], { conclusion }: Run): string[] {
  if (conclusion === 'success' || problems.length > 0) return [];
  if (reports.some((report) => isStopped(report) && report.accepted === undefined)) return [];
  const how = conclusion === null ? '' : ` (${printable(conclusion)})`;
  return [`the run did not succeed${how}, and no report says why: a job may have left none, see its log`];
}

/** That somebody accepted is for what is stored to say, not for the run. */
async function withAcceptance(
  { accepted: claimed, ...report }: Report,
  step: Pick<ModeContext, 'api' | 'job' | 'log'>,
): Promise<Report> {
  const accepted = claimed && (await acceptanceOf(report, step));
  return accepted === undefined ? report : { ...report, accepted };
}

async function policyOf(
  { api, repository, configPath, log }: Court & { readonly log: Log },
  { base }: PullRequest,
): Promise<CommentPolicy> {
  try {
    return (await readBaseConfig(api, repository, base.sha, configPath))?.comment ?? 'on-change';
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    log.warning(`when to comment is not known, on-change is taken: ${error.message}`);
    return 'on-change';
  }
}
