import { copyFile, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { checkFolder } from '../../baseline/store.ts';
import type { CommentPolicy } from '../../config/comment-policy.ts';
import { configSha256 } from '../../config/config-hash.ts';
import { printable } from '../../errors.ts';
import { isStopped } from '../../report/is-stopped.ts';
import { type ModelReport, overallVerdict, type Report } from '../../report/report-schema.ts';
import { wholeFailure } from '../../report/whole-failure.ts';
import { writeReport } from '../../report/write.ts';
import { version } from '../../version.ts';
import { aboutModel } from '../../words/about-model.ts';
import { acceptanceOf } from '../accepted-report.ts';
import { acceptedTogether } from '../accepted-together.ts';
import { type Case, withCase } from '../change/case.ts';
import { type Change, warningsOf } from '../change/change.ts';
import type { Judging } from '../change/judging-config.ts';
import { refuseOtherBases } from '../change/other-bases.ts';
import type { Log, ModeContext, Outcome } from '../mode.ts';
import { openOut } from '../out-folder.ts';
import { reportOutputs } from '../outputs.ts';
import { bundlesOf, pageName, uploadArtifacts } from '../upload-artifacts.ts';

/**
 * Judges the models of a pull request or a merge group, and says the verdict wherever it may.
 *
 * @throws UserError when there is nothing to judge by
 */
export async function gate(step: ModeContext): Promise<Outcome> {
  const { inputs, job } = step;
  const out = await openOut(job.workspace, inputs.out);
  const { baseline } = inputs;
  if (baseline !== undefined)
    await checkFolder(resolve(job.workspace, baseline), `input baseline: ${printable(baseline)}`);
  return withCase(step, (opened) => judge(opened, out, step));
}

async function judge(opened: Case, out: string, step: ModeContext): Promise<Outcome> {
  const { inputs, log } = step;
  const { place, change, judging, copies, files, unchanged } = opened;
  if (change !== undefined) await refuseOtherBases(change, step);
  const measured =
    unchanged === undefined
      ? await (await import('../measure-models.ts')).measure({ judging, place, copies, change, out }, step)
      : unchangedReport(unchanged, judging, change);
  const warnings = files ? await warningsOf(files, judging, place) : [];
  const report = await withAcceptance(
    doubted(
      {
        ...measured,
        warnings: [...warnings, ...measured.warnings],
        times: { ...measured.times, run: step.job.run.url },
      },
      opened,
    ),
    opened,
    step,
  );
  await writeReport(out, report);
  annotate(report, log);
  const page = pageName(inputs.models);
  if (page !== 'report.html') await copyFile(join(out, 'report.html'), join(out, page));
  const artifacts = await uploadArtifacts(bundlesOf(report, out, inputs.models), step);
  if (change !== undefined)
    await say(report, { change, artifacts }, inputs.comment ?? judging.config.comment ?? 'on-change', step);
  return {
    outputs: {
      ...reportOutputs(report),
      report: join(out, 'report.json'),
      artifacts: JSON.stringify(artifacts),
    },
    summary: await readFile(join(out, 'report.md'), 'utf8'),
    failure: failureOf(report, judging),
  };
}

/** The report with what it speaks for, and why it may not be believed. */
function doubted(measured: Report, { change, doubts }: Case): Report {
  if (change === undefined) return measured;
  const { base, pullRequest } = change;
  const all = [...doubts, ...measured.models.flatMap(otherBaseline)];
  const report = {
    ...measured,
    change: { base: base.commit, branch: base.branch, pullRequest: pullRequest ?? null },
    ...(all.length > 0 && { doubts: all.map((each) => each.slice(0, MAX_DOUBT)).slice(0, MAX_DOUBTS) }),
  };
  return { ...report, verdict: overallVerdict(report) };
}

const MAX_DOUBT = 2000;
const MAX_DOUBTS = 50;

/** What judges is the base's, so a baseline that does not fit it is for the change to explain. */
function otherBaseline({ name, baseline }: ModelReport): string[] {
  if (baseline.state !== 'baseline-unavailable' || !baseline.isOther) return [];
  return [`${name}: the stored baseline is not what the change is to be compared with: ${baseline.reason}`];
}

async function withAcceptance(report: Report, opened: Case, step: ModeContext): Promise<Report> {
  if (!isStopped(report)) return report;
  const accepted =
    (await acceptanceOf(report, step, opened.change?.queued)) ??
    (await acceptedTogether(report, opened, step));
  return accepted === undefined ? report : { ...report, accepted };
}

/** Where the policy is never, as in a job whose token only reads, another job may speak. */
async function say(
  report: Report,
  { change, artifacts }: { readonly change: Change; readonly artifacts: Readonly<Record<string, number>> },
  policy: CommentPolicy,
  step: ModeContext,
) {
  const { api, inputs, job, log } = step;
  if (api === undefined || policy === 'never') return;
  const { publish } = await import('../publish.ts');
  const lines = await publish(api, {
    repository: job.repository,
    pullRequest: change.pullRequest,
    branch: change.base.branch,
    head: change.head,
    run: { ...job.run, workflow: job.workflowPath },
    models: inputs.models,
    reports: [report],
    artifacts,
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

function annotate({ models, warnings, doubts = [], accepted, unchanged }: Report, log: Log): void {
  if (unchanged !== undefined) log.info(`pass: ${unchanged}`);
  for (const warning of [...warnings, ...doubts]) log.warning(warning);
  if (models.some(({ targets }) => targets.some(({ verdict }) => verdict === 'inconclusive')))
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

function failureOf(report: Report, { absent }: Judging): string | undefined {
  if (report.accepted !== undefined || !isStopped(report)) return undefined;
  if (report.verdict === 'error') return 'not every target could be judged: see the job summary';
  if (report.verdict === 'fail') return 'the accuracy drop is above the budget: see the job summary';
  // The first pull request with a configuration has nothing else that could judge it.
  return absent === undefined ? `it may not be believed as it is: ${report.doubts![0]}` : undefined;
}
