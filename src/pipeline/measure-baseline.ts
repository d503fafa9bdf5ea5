import { measuredTensors } from '../attribution/impact/measured-tensors.ts';
import { measureNoiseGains, PREFILTER_FROM } from '../attribution/impact/noise-gain.ts';
import { sharedMeasurements } from '../attribution/measurements.ts';
import type { Baseline } from '../baseline/baseline.ts';
import type { NoiseGains } from '../baseline/noise-gains.ts';
import type { StoredTarget } from '../baseline/stored-target.ts';
import type { Calibration } from '../calibration/calibration-record.ts';
import { choicesSha256 } from '../config/config-hash.ts';
import { printable } from '../errors.ts';
import { count } from '../words/counts.ts';
import { measured } from '../words/figures.ts';
import { type Attributing, tryToAttribute } from './attribute.ts';
import { calibrationOf } from './calibrate.ts';
import { candidatesOf, withoutFailedKernels } from './candidates.ts';
import { checkEvaluation } from './check-evaluation.ts';
import { collectEvidence } from './collect-evidence.ts';
import type { Evidence } from './evidence.ts';
import { problemOf } from './failure.ts';
import type { Made } from './find-baseline.ts';
import { type Candidate, judgeTarget } from './judge.ts';
import type { Context, Prepared } from './prepare.ts';
import { timed } from './progress.ts';
import { readProbes } from './read-probes.ts';
import { snapshotOf } from './snapshot-of.ts';

/** A baseline, and a line for each target that it does not hold. */
export interface MeasuredBaseline {
  readonly baseline: Baseline;
  readonly problems: readonly string[];
}

/**
 * Evaluates a model in FP32 and on every target, and measures the noise gains of one of very many units. A target that
 * cannot be measured does not take FP32 with it.
 *
 * @throws UserError when FP32 itself cannot be measured
 */
export async function measureBaseline(
  prepared: Prepared,
  context: Context,
  made: Made,
): Promise<MeasuredBaseline> {
  await checkEvaluation(prepared, context);
  const { calibration, candidates, problems } = await quantizedCandidates(prepared, context);
  const input = { ...made, baselines: undefined, evaluations: undefined, isWhole: true } as const;
  const { evidence, failures } = await collectEvidence(prepared, calibration, candidates, { input, context });
  const fp32 = { ...evidence.fp32, ...(await noiseGainsOf(prepared, evidence, context)) };
  const shared = candidates.length > 1 ? sharedMeasurements() : undefined;
  const targets: StoredTarget[] = [];
  for (const candidate of withoutFailedKernels(candidates, failures)) {
    const failure = failures.get(candidate.emulation.name);
    if (failure === undefined)
      targets.push(await storedTargetOf(prepared, candidate, { ...evidence, fp32 }, { ...context, shared }));
    else problems.push(`${prepared.config.name}, ${candidate.config.id}: ${failure}`);
  }
  return { baseline: { ...fp32, targets }, problems };
}

/** What a baseline holds, in words. */
export function recordedLines({ baseline }: MeasuredBaseline, file: string): string[] {
  const { model, metric, value, unit = 'value', scores, targets } = baseline;
  const say = (figure: number) => `${printable(metric)} ${measured(figure, unit)}`;
  return [
    `${model}: FP32 ${say(value)} on ${count(scores.length)} samples, in ${file}`,
    ...targets.map((each) => `${model}, ${each.target}: ${say(each.value)}`),
  ];
}

/** Of no sample: what was not calibrated has no targets. */
function uncalibrated({ model }: Prepared): Calibration {
  return { modelSha256: model.sha256, dataSha256: '', ranges: [[0, 0]], histograms: new Map() };
}

async function quantizedCandidates(
  prepared: Prepared,
  context: Context,
): Promise<{ calibration: Calibration; candidates: readonly Candidate[]; problems: string[] }> {
  const { config, targets } = prepared;
  const say = (id: string, problem: string) => `${config.name}, ${id}: ${problem}`;
  try {
    const calibration =
      targets.length === 0 ? uncalibrated(prepared) : await calibrationOf(prepared, undefined, context);
    const { candidates, failed } = await candidatesOf(prepared, calibration, context);
    return {
      calibration,
      candidates,
      problems: failed.map(({ config: { id }, problem }) => say(id, problem)),
    };
  } catch (error) {
    const problem = problemOf(error, context.signal);
    const problems = config.targets.map(({ id }) => say(id, problem));
    return { calibration: uncalibrated(prepared), candidates: [], problems };
  }
}

async function storedTargetOf(
  prepared: Prepared,
  candidate: Candidate,
  evidence: Evidence,
  context: Attributing,
): Promise<StoredTarget> {
  const { judgement, scores, bits } = judgeTarget(prepared, candidate, evidence, context.progress);
  const attributed = await tryToAttribute(prepared, candidate, evidence, context);
  const lost = [...bits.activations.values(), ...bits.weights.values()].map(({ bitsLost }) => bitsLost);
  const { granularity: weights, weightBits, activationBits, range } = candidate.quantized.scheme;
  return {
    target: candidate.config.id,
    scheme: { weights, weightBits, activationBits, range },
    rangesSha256: choicesSha256(candidate.config),
    modelSha256: prepared.model.sha256,
    value: judgement.quantized,
    scores: [...scores],
    drop: judgement.drop,
    interval: [...judgement.interval],
    worstLayer: 'units' in attributed ? (attributed.units[0]?.name ?? null) : null,
    maxBitsLost: lost.length === 0 ? null : Math.max(...lost),
    snapshot: snapshotOf(candidate, attributed),
  };
}

/** The noise gains of the units of all targets, on the FP32 model, so that any samples will do. */
async function noiseGainsOf(
  prepared: Prepared,
  { fp32 }: Evidence,
  context: Context,
): Promise<Pick<Baseline, 'noiseGains' | 'noiseGainsAt'>> {
  const { model, config, targets, readOutputs: outputs } = prepared;
  const { runtime, signal } = context;
  if (!targets.some(({ units }) => units.length >= PREFILTER_FROM)) return {};
  const all = targets.flatMap(({ units }) => units);
  const units = [...new Map(all.map((unit) => [unit.name, unit])).values()];
  const probes = await readProbes(prepared, { ranges: [[0, 0]] }, fp32.scores.length, context);
  const noiseGains: NoiseGains = await timed(`${config.name}/noise-gains`, undefined, context, () =>
    measureNoiseGains({ model, units }, probes.batches, runtime, { outputs, signal }),
  );
  return { noiseGains, noiseGainsAt: [...measuredTensors(model, outputs)] };
}
