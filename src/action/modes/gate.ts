import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CommentPolicy } from '../../config/comment-policy.ts';
import { configSha256 } from '../../config/config-hash.ts';
import type { Report } from '../../report/report-schema.ts';
import { wholeFailure } from '../../report/whole-failure.ts';
import { writeReport } from '../../report/write.ts';
import { version } from '../../version.ts';
import { aboutModel } from '../../words/about-model.ts';
import { acceptanceOf } from '../accepted-report.ts';
import { openCase } from '../change/case.ts';
import { type Change, refuseOwnBaseline, warningsOf } from '../change/change.ts';
import type { Judging } from '../change/judging-config.ts';
import type { Log, ModeContext, Outcome } from '../mode.ts';
import { openOut } from '../out-folder.ts';
import { reportOutputs } from '../outputs.ts';
import { bundlesOf, uploadArtifacts } from '../upload-artifacts.ts';

/**
 * Judges the models of a pull request or a merge group, and says the verdict wherever it may.
 *
 * @throws UserError when there is nothing to judge by
 */
export async function gate(step: ModeContext): Promise<Outcome> {
  const { inputs, job, log } = step;
  const out = await openOut(job.workspace, inputs.out);
  const { place, change, judging, files, unchanged } = await openCase(step, (opened) => {
    if (opened.files !== undefined) refuseOwnBaseline(opened.files, opened.judging, opened.place, step);
  });
  const measured =
    unchanged === undefined
      ? await (await import('../measure-models.ts')).measure({ judging, place, change, out }, step)
      : unchangedReport(unchanged, judging, change);
  const warnings = [...judging.warnings, ...(files ? await warningsOf(files, judging, place) : [])];
  const fails = measured.verdict === 'fail' || measured.verdict === 'error';
  const accepted = fails ? await acceptanceOf(measured, step) : undefined;
  const report = {
    ...measured,
    warnings: [...warnings, ...measured.warnings],
    ...(accepted && { accepted }),
  };
  await writeReport(out, report);
  annotate(report, log);
  const artifacts = await uploadArtifacts(bundlesOf(report, out, inputs.models), step);
  if (change !== undefined)
    await say(report, change, inputs.comment ?? judging.config.comment ?? 'on-change', step);
  return {
    outputs: {
      ...reportOutputs(report),
      report: join(out, 'report.json'),
      artifacts: JSON.stringify(artifacts),
    },
    summary: await readFile(join(out, 'report.md'), 'utf8'),
    failure: failureOf(report),
  };
}

/** Where the policy is never, as in a job whose token only reads, another job may speak. */
async function say(report: Report, change: Change, policy: CommentPolicy, step: ModeContext) {
  const { api, inputs, job, log } = step;
  if (api === undefined || policy === 'never') return;
  const { publish } = await import('../publish.ts');
  const lines = await publish(api, {
    repository: job.repository,
    pullRequest: change.pullRequest,
    head: change.head,
    run: { ...job.run, workflow: job.workflowPath },
    models: inputs.models,
    reports: [report],
    policy,
    check: true,
  });
  for (const line of lines) log.warning(line);
}

function unchangedReport(unchanged: string, { config }: Judging, change: Change | undefined): Report {
  return {
    version: 1,
    tool: { name: 'quantgate', version },
    head: change?.head ?? null,
    configSha256: configSha256(config),
    verdict: 'pass',
    unchanged,
    provider: null,
    models: [],
    warnings: [],
    times: { date: new Date().toISOString(), seconds: {} },
  };
}

/** GitHub shows ten annotations of a kind for a step. */
const MAX_ERRORS = 9;

function annotate({ models, warnings, verdict, accepted, unchanged }: Report, log: Log): void {
  if (unchanged !== undefined) log.info(`pass: ${unchanged}`);
  for (const warning of warnings) log.warning(warning);
  if (verdict === 'inconclusive')
    log.warning('the samples do not decide whether the drop is within the budget: see the job summary');
  const say = accepted === undefined ? log.error : log.warning;
  const failing = models.flatMap((model) => {
    const { name, targets } = model;
    const problem = wholeFailure(model);
    if (problem !== undefined) return [aboutModel(name, problem)];
    return targets
      .filter((target) => target.verdict === 'fail' || target.verdict === 'error')
      .map(({ target, reasons }) => `${name}, ${target}: ${reasons[0] ?? 'above the budget'}`);
  });
  for (const line of failing.slice(0, MAX_ERRORS)) say(line);
  if (accepted !== undefined) log.notice(`accepted by ${accepted.by}: ${accepted.reason}`);
}

function failureOf({ verdict, accepted }: Report): string | undefined {
  if (accepted !== undefined) return undefined;
  if (verdict === 'error') return 'not every target could be judged: see the job summary';
  return verdict === 'fail' ? 'the accuracy drop is above the budget: see the job summary' : undefined;
}
