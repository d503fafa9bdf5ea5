import { type Shared, sharedMeasurements } from '../attribution/measurements.ts';
import type { ModelConfig } from '../config/config.ts';
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
  return booked(`${config.name}/judge`, context, () => judge(config, input, context));
}

async function judge(config: ModelConfig, input: GateInput, context: Context): Promise<JudgedModel> {
  const inStage = <T>(stage: string, work: () => Promise<T>) =>
    booked(`${config.name}/${stage}`, context, work);
  const prepared = await inStage('load', () => prepare(config, context));
  if (prepared.targets.length === 0) return noneJudged(prepared, prepared.unplanned);
  await checkEvaluation(prepared, context);
  const calibration = await calibrationOf(prepared, input.shards.get(config.name), context);
  const { candidates, failed } = await inStage('quantize', () =>
    candidatesOf(prepared, calibration, context),
  );
  if (candidates.length === 0) return noneJudged(prepared, failed);
  const { evidence, failures } = await collectEvidence(prepared, calibration, candidates, { input, context });
  const { outputs, value } = evidence.fp32;
  const problem = outputs && fp32Problem(prepared.metric, value, outputs);
  if (problem !== undefined) {
    const findings = config.targets.map((target) => ({ config: target, problem }));
    return { report: describeModel(prepared, evidence, findings), warnings: [] };
  }
  const findings: TargetFinding[] = failed.map(asIs);
  const time = sharedTime(60 * config.recover.minutes, candidates.length, context.now);
  const shared = candidates.length > 1 ? sharedMeasurements() : undefined;
  for (const candidate of withoutFailedKernels(candidates, failures)) {
    const failure = failures.get(candidate.emulation.name);
    findings.push(
      failure === undefined
        ? await findingOf(prepared, candidate, evidence, { input, context, time, shared })
        : { config: candidate.config, problem: failure },
    );
  }
  const inOrder = config.targets.map(({ id }) => findings.find((each) => idOf(each) === id)!);
  return {
    report: await withThumbnails(describeModel(prepared, evidence, inOrder), prepared, context.place),
    warnings: modelWarnings(prepared, evidence, inOrder.filter(isJudged)),
  };
}

/** What a model is judged in. */
interface Gate {
  readonly input: GateInput;
  readonly context: Context;
  /** In which changes are sought, for one target after the other. */
  readonly time: SharedTime;
  /** What targets share that quantize alike; undefined where there is one. */
  readonly shared: Shared | undefined;
}

const asIs = (failed: FailedTarget): TargetFinding => failed;

function idOf(finding: TargetFinding): string {
  return isJudged(finding) ? finding.result.candidate.config.id : finding.config.id;
}

function noneJudged({ config, model }: Prepared, failed: readonly FailedTarget[]): JudgedModel {
  const reasons = new Map(failed.map(({ config: { id }, problem }) => [id, problem]));
  return { report: describeFailedModel(config, model, ({ id }) => reasons.get(id)!), warnings: [] };
}

/** Judges a candidate, explains it and writes its files; whatever fails is its own error. */
async function findingOf(
  prepared: Prepared,
  candidate: Candidate,
  evidence: Evidence,
  { input, context, time, shared }: Gate,
): Promise<TargetFinding> {
  const inStage = <T>(stage: string, work: () => Promise<T>) =>
    booked(`${prepared.config.name}/${candidate.config.id}/${stage}`, context, work);
  const writeFiles = async (files: ReturnType<typeof chipFilesOf>): Promise<string[]> => {
    for (const file of files) await input.writeChipFile(file);
    return files.map(({ path }) => path);
  };
  try {
    const judged = judgeTarget(prepared, candidate, evidence, context.progress);
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
      plan === undefined ? [] : writeFiles(chipFilesOf(prepared, plan.candidate, 'recovered')),
    );
    return { ...explained, recovered, files, recoveredFiles };
  } catch (error) {
    return { config: candidate.config, problem: problemOf(error, context.signal) };
  }
}
