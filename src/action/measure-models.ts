import type { Config } from '../config/config.ts';
import { configSha256 } from '../config/config-hash.ts';
import { limitsOf } from '../config/limits.ts';
import { messageOf, UserError } from '../errors.ts';
import type { Copies } from '../paths.ts';
import type { GateInput } from '../pipeline/gate-input.ts';
import { judgeModels } from '../pipeline/judge-models.ts';
import { openChipFolders } from '../report/chip-folders.ts';
import { overallVerdict, type Report } from '../report/report-schema.ts';
import { machineText } from '../runtime/machine.ts';
import { aboutModel } from '../words/about-model.ts';
import { baselinesOf } from './baselines.ts';
import type { Change } from './change/change.ts';
import type { ConfigPlace } from './change/config-place.ts';
import type { Judging } from './change/judging-config.ts';
import type { ModeContext } from './mode.ts';
import { givenShards } from './modes/measure-shard.ts';
import { whileMeasuring } from './start-context.ts';

/** What is to be measured. */
export interface Task {
  readonly judging: Judging;
  readonly place: ConfigPlace;
  /** What is read in place of files of the checkout, by their paths: the base's versions of what the change changes. */
  readonly copies: Copies;
  /** Undefined for what proposes no change. */
  readonly change: Change | undefined;
  /** Absolute folder for the files for the chips' tools. */
  readonly out: string;
}

/**
 * Measures the models, and once more with the configuration that a pull request proposes, where it does. A change that the
 * base's configuration cannot judge, such as a model with other inputs, is an error whatever its own says; the report has
 * what it takes for a maintainer to accept it.
 *
 * @throws UserError when nothing can be judged by either
 */
export async function measure(task: Task, step: Measurer): Promise<Report> {
  const { judging, out } = task;
  const { proposed, problem } = judging;
  const judge = async () => {
    const chips = await openChipFolders(out);
    const shards = await givenShards(step, judging.config);
    const report = await judgeBy(judging.config, task, step, { ...shards, writeChipFile: chips.write });
    await chips.removeStale();
    return report;
  };
  if (proposed === undefined) return judge();
  const report = problem === undefined ? await orProblem(judge) : { problem };
  step.log.info('once more, with the configuration and data that the pull request proposes');
  const other =
    'problem' in proposed
      ? proposed
      : await orProblem(() => judgeBy(proposed.config, { ...task, copies: new Map() }, step));
  const sha256 = configSha256(judging.config);
  if ('problem' in report) {
    if ('problem' in other) throw new UserError(report.problem);
    return notJudged(other.report, report.problem, sha256);
  }
  const known = 'report' in other ? withFilesOf(other.report, report.report) : report.report;
  const lost = known.models.find(({ modelSha256 }) => modelSha256 === null);
  if (lost !== undefined && 'report' in other)
    return notJudged(other.report, aboutModel(lost.name, lost.targets[0].reasons[0]), sha256);
  const twice = { ...known, proposed: { ...verdictOf(other), ...(proposed.counts && { counts: true }) } };
  return { ...twice, verdict: overallVerdict(twice) };
}

/** A report, with what another one knows of the files of models that it could not judge: it takes that to accept it. */
function withFilesOf(own: Report, report: Report): Report {
  const models = report.models.map((model) => {
    const same = own.models.find(({ name }) => name === model.name);
    if (model.modelSha256 !== null || same === undefined) return model;
    const { modelSha256, dataSha256, opset } = same;
    return { ...model, modelSha256, dataSha256, opset };
  });
  return { ...report, models };
}

type Measurer = Pick<ModeContext, 'api' | 'job' | 'inputs' | 'log' | 'tell'>;

/** The work of other jobs is of the configuration that judges, and so are the files for the chips. */
const nothingGiven = { shards: new Map(), writeChipFile: async () => {} };

async function judgeBy(
  config: Config,
  { judging, place, copies, change }: Task,
  step: Measurer,
  given: Pick<GateInput, 'shards' | 'evaluations' | 'explanations' | 'writeChipFile'> = nothingGiven,
): Promise<Report> {
  const input = {
    config,
    baselines: baselinesOf(step, config, place, change?.base),
    commit: change?.head ?? step.job.commit,
    date: new Date(),
    machine: machineText(),
    ...given,
  };
  const measuring = { config, limits: limitsOf(judging.config), place: { ...place, copies } };
  return whileMeasuring(measuring, step, (context) => judgeModels(input, context));
}

type Result = { readonly report: Report } | { readonly problem: string };

async function orProblem(run: () => Promise<Report>): Promise<Result> {
  try {
    return { report: await run() };
  } catch (error) {
    if (error instanceof UserError) return { problem: messageOf(error) };
    throw error;
  }
}

/** The report of a change that only its own configuration can judge. */
function notJudged(own: Report, problem: string, sha256: string): Report {
  const reasons = [short(problem)];
  const models = own.models.map((model) => ({
    ...model,
    targets: model.targets.map(({ target, chip }) => ({ target, chip, verdict: 'error' as const, reasons })),
  }));
  return {
    ...own,
    configSha256: sha256,
    verdict: 'error',
    models,
    proposed: verdictOf({ report: own }),
  };
}

const MAX_REASONS = 50;

function verdictOf(result: Result): NonNullable<Report['proposed']> {
  if ('problem' in result) return { verdict: 'error', reasons: [short(result.problem)] };
  const reasons = result.report.models.flatMap(({ name, targets }) =>
    targets.flatMap(({ target, reasons }) => reasons.map((reason) => short(`${name}, ${target}: ${reason}`))),
  );
  return { verdict: result.report.verdict, reasons: reasons.slice(0, MAX_REASONS) };
}

function short(text: string): string {
  return text.slice(0, 2000);
}
