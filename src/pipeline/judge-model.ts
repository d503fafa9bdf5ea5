import { type Shared, sharedMeasurements } from '../attribution/measurements.ts';
import type { ModelConfig } from '../config/config.ts';
import type { TargetConfig } from '../config/target-id.ts';
import { RECOVERED } from '../report/explanation-record.ts';
import type { ModelReport } from '../report/report-schema.ts';
import { fp32Problem } from '../verdict/fp32-sanity.ts';
import { tryToAdvise } from './advise.ts';
import { asksForAttribution, tryToAttribute } from './attribute.ts';
import { calibrationOf } from './calibrate.ts';
import { candidatesOf, withoutFailedKernels } from './candidates.ts';
import { checkEvaluation } from './check-evaluation.ts';
import { collectEvidence } from './collect-evidence.ts';
import { describeModel, isJudged, type TargetFinding } from './describe.ts';
import { describeFailedModel } from './describe-failure.ts';
import { modelWarnings } from './describe-warnings.ts';
import { tryToEstimate } from './estimate-leaders.ts';
import type { Evidence } from './evidence.ts';
import { chipFilesOf } from './export.ts';
import { type FailedTarget, problemOf } from './failure.ts';
import { findFp16, isMendedByFp32 } from './find-fp16.ts';
import type { GateInput } from './gate-input.ts';
import { explanationIdentity, type GivenTarget, givenFinding, givenTargets } from './given-explanation.ts';
import { type Candidate, judgeTarget } from './judge.ts';
import { withLayerBudget } from './layer-budget.ts';
import { type Context, type Prepared, prepare } from './prepare.ts';
import { booked } from './progress.ts';
import { type SharedTime, sharedTime } from './recover/deadline.ts';
import { isRecovered, tryToRecover } from './recover/try-to-recover.ts';
import { withThumbnails } from './with-thumbnails.ts';

/** The entry of a model in the report, and the sentences that the report begins with. */
export interface JudgedModel {
  readonly report: ModelReport;
  readonly warnings: readonly string[];
}

/**
 * The whole way of one model from its file to a verdict: load, calibrate, emulate, evaluate, judge, explain, export. A
 * target that fails on it is an error, and the others are judged.
 *
 * @throws UserError when the model or its samples cannot be used at all
 */
export async function judgeModel(
  config: ModelConfig,
  input: GateInput,
  context: Context,
): Promise<JudgedModel> {
  return booked(`${config.name}/judge`, context, async () => {
    const found = await find(config, input, context);
    if ('failed' in found) return noneJudged(found);
    const { prepared, evidence, findings, problem } = found;
    const report = describeModel(prepared, evidence, findings);
    if (problem !== undefined) return { report, warnings: [] };
    return {
      report: await withThumbnails(report, prepared, context.place),
      warnings: modelWarnings(prepared, evidence, findings.filter(isJudged)),
    };
  });
}

/** What was found out about the targets of a model. */
export interface Found {
  readonly prepared: Prepared;
  readonly evidence: Evidence;
  /** In the order of the configuration. */
  readonly findings: readonly TargetFinding[];
  /** Why FP32 itself cannot be right, so that no target can be judged. */
  readonly problem?: string;
}

/** A model of which no target is ready to be judged. */
export interface NoneReady {
  readonly prepared: Prepared;
  readonly failed: readonly FailedTarget[];
}

/**
 * The same way as far as a report begins, for some targets alone.
 *
 * @param asked ids of the targets
 * @throws UserError as `judgeModel`
 */
export function findTargets(
  config: ModelConfig,
  input: GateInput,
  context: Context,
  asked: ReadonlySet<string>,
): Promise<Found | NoneReady> {
  return booked(`${config.name}/judge`, context, () => find(config, input, context, asked));
}

async function find(
  config: ModelConfig,
  input: GateInput,
  context: Context,
  asked: ReadonlySet<string> = new Set(config.targets.map(({ id }) => id)),
): Promise<Found | NoneReady> {
  const inStage = <T>(stage: string, work: () => Promise<T>) =>
    booked(`${config.name}/${stage}`, context, work);
  const isAsked = ({ config: { id } }: { readonly config: TargetConfig }) => asked.has(id);
  const prepared = await inStage('load', () => prepare(config, context));
  const targets = prepared.targets.filter(isAsked);
  if (targets.length === 0) return { prepared, failed: prepared.unplanned };
  await checkEvaluation(prepared, context);
  const calibration = await calibrationOf(prepared, input.shards.get(config.name), context);
  const { candidates, failed } = await inStage('quantize', () =>
    candidatesOf({ ...prepared, targets }, calibration, context),
  );
  if (candidates.length === 0) return { prepared, failed };
  const { evidence, failures } = await collectEvidence(prepared, calibration, candidates, { input, context });
  const { outputs, value } = evidence.fp32;
  const problem = outputs && fp32Problem(prepared.metric, value, outputs);
  if (problem !== undefined) {
    const findings = config.targets.map((target) => ({ config: target, problem }));
    return { prepared, evidence, findings, problem };
  }
  const running = withoutFailedKernels(candidates, failures);
  const judged = running.filter(({ emulation }) => !failures.has(emulation.name));
  const gate: Gate = {
    input,
    context,
    time: sharedTime(60 * config.recover.minutes, candidates.length, context.now),
    shared: candidates.length > 1 ? sharedMeasurements() : undefined,
    given: await givenFor(judged, prepared, evidence, { input, context }),
  };
  const found = new Map<string, TargetFinding>();
  for (const each of failed.filter(isAsked)) found.set(each.config.id, each);
  for (const candidate of running) {
    const problem = failures.get(candidate.emulation.name);
    const finding =
      problem === undefined
        ? await findingOf(prepared, candidate, evidence, gate)
        : { config: candidate.config, problem };
    found.set(candidate.config.id, finding);
  }
  return { prepared, evidence, findings: config.targets.flatMap(({ id }) => found.get(id) ?? []) };
}

/** What other runners explained of these candidates; undefined where no files of theirs are given. */
async function givenFor(
  candidates: readonly Candidate[],
  prepared: Prepared,
  evidence: Evidence,
  { input, context }: Pick<Gate, 'input' | 'context'>,
): Promise<Gate['given']> {
  const shards = input.explanations?.get(prepared.config.name);
  if (shards === undefined) return undefined;
  const ids = candidates.map(({ config: { id } }) => id);
  return givenTargets(shards, await explanationIdentity(prepared, evidence, context), ids);
}

/** What a model is judged in. */
interface Gate {
  readonly input: GateInput;
  readonly context: Context;
  /** In which changes are sought, for one target after the other. */
  readonly time: SharedTime;
  /** What targets share that quantize alike; undefined where there is one. */
  readonly shared: Shared | undefined;
  /** What other runners explained, by target; undefined where that is done here. */
  readonly given: ReadonlyMap<string, GivenTarget> | undefined;
}

function noneJudged({ prepared: { config, model }, failed }: NoneReady): JudgedModel {
  const reasons = new Map(failed.map(({ config: { id }, problem }) => [id, problem]));
  return { report: describeFailedModel(config, model, ({ id }) => reasons.get(id)!), warnings: [] };
}

/** Judges a candidate, explains it unless another runner did, and writes its files; whatever fails is its own error. */
async function findingOf(
  prepared: Prepared,
  candidate: Candidate,
  evidence: Evidence,
  { input, context, time, shared, given }: Gate,
): Promise<TargetFinding> {
  const inStage = <T>(stage: string, work: () => Promise<T>) =>
    booked(`${prepared.config.name}/${candidate.config.id}/${stage}`, context, work);
  const writeFiles = async (files: ReturnType<typeof chipFilesOf>): Promise<string[]> => {
    for (const file of files) await input.writeChipFile(file);
    return files.map(({ path }) => path);
  };
  try {
    const judged = judgeTarget(prepared, candidate, evidence, context.progress);
    if (given !== undefined) {
      const files = await inStage('files', () => writeFiles(chipFilesOf(prepared, candidate)));
      const target = { prepared, result: judged, evidence, files };
      return await givenFinding(target, given.get(candidate.config.id)!, input.writeChipFile);
    }
    const attributed = asksForAttribution(prepared, judged)
      ? await tryToAttribute(prepared, candidate, evidence, { ...context, shared })
      : await tryToEstimate(prepared, judged, evidence, { ...context, shared });
    const result = withLayerBudget(prepared, judged, attributed);
    const fp16 = await findFp16(prepared, result, { attributed, evidence }, context);
    const advised = await inStage('advise', () =>
      tryToAdvise(prepared, { result, attributed, fp16 }, evidence, context),
    );
    const files = await inStage('files', () => writeFiles(chipFilesOf(prepared, candidate)));
    const explained = { result, attributed, advised, fp16 };
    const recovered = await time.piece(async (seconds) =>
      !isMendedByFp32(explained) && isRecovered(prepared, explained)
        ? tryToRecover(prepared, explained, { evidence, seconds }, context)
        : undefined,
    );
    const plan = recovered && 'plan' in recovered ? recovered.plan : undefined;
    const recoveredFiles = await inStage('files', async () =>
      plan === undefined ? [] : writeFiles(chipFilesOf(prepared, plan.candidate, RECOVERED)),
    );
    return { ...explained, recovered, files, recoveredFiles };
  } catch (error) {
    return { config: candidate.config, problem: problemOf(error, context.signal) };
  }
}
