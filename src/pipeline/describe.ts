import { measuredInstead } from '../attribution/impact/measured-tensors.ts';
import { sampleCount } from '../calibration/calibration-record.ts';
import type { ModelConfig } from '../config/config.ts';
import type { TargetConfig } from '../config/target-id.ts';
import type { BitUse } from '../quantization/bit-use.ts';
import { floatMultiplications } from '../quantization/float-multiplications.ts';
import type { Scheme } from '../quantization/scheme.ts';
import type { BaselineState, JudgedTarget, ModelReport } from '../report/report-schema.ts';
import type { Advised, Explained } from './advise.ts';
import { describeRealRun } from './beside-emulation.ts';
import { describeAdvice, describeEstimate } from './describe-attribution.ts';
import { describeBudgets } from './describe-budgets.ts';
import { describeChanges } from './describe-changes.ts';
import { describeConfig } from './describe-config.ts';
import { describeFailedTarget } from './describe-failure.ts';
import { describeFloat } from './describe-float.ts';
import { describeFp16 } from './describe-fp16.ts';
import { describeGraph } from './describe-graph.ts';
import { describeLayers } from './describe-layers.ts';
import { describeLeaders } from './describe-leaders.ts';
import { withMethodRanges } from './describe-methods.ts';
import { describeSamples } from './describe-samples.ts';
import type { Evidence } from './evidence.ts';
import type { FailedTarget } from './failure.ts';
import type { BaselineLookup } from './find-baseline.ts';
import type { Prepared } from './prepare.ts';
import { describeRecovery } from './recover/describe-recovery.ts';
import type { Recovered } from './recover/try-to-recover.ts';

/** All about one target of a model that was judged. */
export interface JudgedFinding extends Explained {
  readonly advised: Advised;
  /** Undefined where none was sought. */
  readonly recovered: Recovered | undefined;
  /** Paths of the files of the recovery's plan. */
  readonly recoveredFiles: readonly string[];
  /** Paths of the files for its tools. */
  readonly files: readonly string[];
  /** As another runner explained it, where one did: nothing else here explains it then. */
  readonly entry?: JudgedTarget;
}

export type TargetFinding = JudgedFinding | FailedTarget;

export function isJudged(finding: TargetFinding): finding is JudgedFinding {
  return 'result' in finding;
}

/** The entry of one model in report.json. */
export function describeModel(
  prepared: Prepared,
  evidence: Evidence,
  findings: readonly TargetFinding[],
): ModelReport {
  const { calibration, lookup, dataSha256 } = evidence;
  const targets = findings.map((finding) => {
    if (!isJudged(finding)) return describeFailedTarget(finding);
    const { entry, files } = finding;
    return entry === undefined
      ? describeTarget(prepared, finding, evidence)
      : { ...entry, files: [...files] };
  });
  return {
    name: prepared.config.name,
    modelSha256: prepared.model.sha256,
    dataSha256,
    opset: prepared.model.opset,
    calibrationSamples: sampleCount(calibration),
    baseline: baselineState(lookup),
    targets,
    graph: describeGraph(prepared.model),
    ...describeLeaders(prepared, targets, evidence),
    ...describeConfig(prepared.config),
  };
}

function baselineState(lookup: BaselineLookup): BaselineState {
  if (lookup.state !== 'compared') return lookup;
  const { metric, value, commit, date } = lookup.baseline;
  return { state: 'compared', metric, value, sha: commit, sha256: lookup.sha256, date };
}

/** The entry of a target that was explained here. */
export function describeTarget(
  prepared: Prepared,
  { result, attributed, advised, fp16, recovered, recoveredFiles, files }: JudgedFinding,
  evidence: Evidence,
): JudgedTarget {
  const { candidate, judgement, byQuantization, integer, bits, stopped } = result;
  const attribution = 'units' in attributed ? attributed : undefined;
  const estimate = 'notAttributed' in attributed ? attributed.estimate : undefined;
  const likely = estimate && describeEstimate(estimate, evidence.probes.seenInCalibration);
  const { verdict, reasons, confidence, pValue } = judgement;
  const {
    config,
    quantized: { plan, scheme },
  } = candidate;
  const { arithmetic } = scheme.target;
  const { id, chip } = config;
  const uses: BitUse[] = [...bits.activations.values(), ...bits.weights.values()];
  const extremes =
    uses.length === 0
      ? {}
      : {
          minEffectiveBits: Math.min(...uses.map((use) => use.effectiveBits)),
          maxBitsLost: Math.max(...uses.map((use) => use.bitsLost)),
        };
  const { fp32, quantized, drop, budget, interval, flips, samples, samplesToDecide } = judgement;
  return {
    target: id,
    chip,
    scheme: describeScheme(scheme, config, prepared.config),
    verdict,
    reasons: [...reasons],
    metric: {
      verdict: byQuantization,
      name: prepared.metric.name,
      unit: prepared.metric.unit,
      fp32,
      quantized,
      drop,
      budget,
      confidence,
      interval: [interval[0], interval[1]],
      flips,
      samples,
      samplesToDecide,
      ...(pValue === undefined ? {} : { pValue }),
      ...(stopped && { stopped: { of: stopped.of, interval: stopped.interval } }),
    },
    ...describeBudgets(result),
    ...describeChanges(result, attributed),
    arithmetic: { rescale: arithmetic.rescale, assumed: arithmetic.assumed },
    ...(integer === undefined ? {} : { realInt8: describeRealRun(integer) }),
    ...extremes,
    ...(attribution &&
      describeAdvice(
        attribution,
        evidence.probes.seenInCalibration,
        measuredInstead(prepared.model, prepared.readOutputs),
        advised,
      )),
    ...likely,
    ...(recovered && { recovery: describeRecovery(recovered, config, prepared, recoveredFiles) }),
    layers: withMethodRanges(
      describeLayers(
        result,
        attribution === undefined ? (estimate?.units ?? []) : [...attribution.units, ...attribution.unranked],
        advised.suggestion,
      ),
      likely?.likelyLeaders,
      candidate,
    ),
    ...describeSamples(prepared, result, evidence),
    ...describeFloat(floatMultiplications(prepared.shaped, plan), plan.notQuantized),
    ...(fp16 && { fp16: describeFp16(fp16) }),
    files: [...files],
  };
}

function describeScheme(
  { granularity, weightBits, activationBits, range, float, target }: Scheme,
  { arch, precision, blockSize, encodings, recipe, layers, ranges }: TargetConfig,
  model: ModelConfig,
): JudgedTarget['scheme'] {
  const pins = [...ranges].filter(([tensor, pin]) => model.ranges.get(tensor) !== pin);
  return {
    ...(arch && { arch }),
    weights: granularity,
    weightBits,
    activationBits,
    range,
    ...(precision && { precision }),
    ...(blockSize !== undefined && { blockSize }),
    ...(target.fp16 && float && { float }),
    ...(encodings && { encodings }),
    ...(recipe.length > 0 && { recipe: [...recipe] }),
    ...(layers.size > 0 && { layers: Object.fromEntries(layers) }),
    ...(pins.length > 0 && { ranges: Object.fromEntries(pins) }),
  };
}
