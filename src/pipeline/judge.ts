import type { Calibration } from '../calibration/calibration-record.ts';
import type { TargetConfig } from '../config/target-id.ts';
import { deliveredModel } from '../emulation/delivered-model.ts';
import { type Emulation, emulatedModel } from '../emulation/emulated-model.ts';
import { failureLine, quote } from '../errors.ts';
import { ofSeen, type SeenSamples } from '../evaluation/looked.ts';
import type { Score } from '../metrics/metric.ts';
import type { Histogram } from '../numerics/histogram.ts';
import { type Quantized, quantize } from '../quantization/quantized.ts';
import { withReferenceWeights } from '../quantization/reference-weights.ts';
import type { FloorJudgement } from '../verdict/accuracy-floor.ts';
import { withBitsLostBudget, withEffectiveBitsBudget } from '../verdict/bits-budget.ts';
import { combined, type Judged } from '../verdict/combine.ts';
import { effective } from '../verdict/effective.ts';
import { type Stopped, stoppedBy } from '../verdict/looks.ts';
import { withoutRepeating } from '../verdict/not-repeatable.ts';
import type { Judgement } from '../verdict/verdict.ts';
import { count } from '../words/counts.ts';
import { besideEmulation, byRealRun, type IntegerResult } from './beside-emulation.ts';
import { type BitUses, bitUsesOf, tensorBits } from './bit-uses.ts';
import type { Contestant } from './evaluate.ts';
import type { Evidence } from './evidence.ts';
import { judgeAccuracy } from './judge-accuracy.ts';
import type { ComparedWithBase } from './judge-regression.ts';
import type { PlannedTarget, Prepared } from './prepare.ts';
import type { Progress } from './progress.ts';
import type { TakenStep } from './repair-target.ts';

/** A target ready to be evaluated: what its chip will compute, and the models to run. */
export interface Candidate {
  readonly config: TargetConfig;
  readonly quantized: Quantized;
  /** The same with the FP32 weights of the reference, which what weights lose is measured against. */
  readonly compared: Quantized;
  /** What of its recipe changed something; empty without one. */
  readonly taken: readonly TakenStep[];
  /** Of the activations of the quantized model; constants have none. */
  readonly histograms: ReadonlyMap<string, Histogram>;
  readonly emulation: Contestant & Emulation;
  /** ONNX Runtime's integer kernels beside the emulation, or why they do not run; undefined for other targets. */
  readonly kernels: Contestant | { readonly notRun: string } | undefined;
}

/** What one target makes of a model. */
export interface TargetResult {
  readonly candidate: Candidate;
  /** The figures are those of quantization, FP32 → INT8 of this model; verdict and reasons are of all budgets. */
  readonly judgement: Judgement;
  /** What the drop by quantization comes to by itself. */
  readonly byQuantization: Judgement['verdict'];
  /** Undefined where nothing older is stored. */
  readonly withBase: ComparedWithBase | undefined;
  readonly floor: FloorJudgement | undefined;
  /** Of INT8, on the evaluation samples. */
  readonly scores: readonly Score[];
  /** Which of them; left out where it is all, in their order, and nobody looked before. */
  readonly looked: SeenSamples | undefined;
  /** Undefined where it went to the end. */
  readonly stopped: Stopped | undefined;
  /** As that of an evaluation, of the same. */
  readonly greatest: readonly number[];
  readonly integer: IntegerResult | undefined;
  /** How many values of an accumulator were beyond its width, for the layers that can overflow. */
  readonly overflows: ReadonlyMap<string, number>;
  /** The largest value before it was rounded to binary16, by tensor; infinite where one was not finite. */
  readonly largest: ReadonlyMap<string, number>;
  readonly bits: BitUses;
}

/** Chooses the parameters of a target and builds its models. */
export function candidateOf(
  prepared: Prepared,
  target: PlannedTarget,
  { histograms }: Calibration,
): Candidate {
  const { config } = target;
  return candidateFrom(prepared, config, {
    quantized: quantize(target, histograms, config.ranges),
    histograms,
    taken: [],
  });
}

/** Builds the models of a target whose parameters are chosen. */
export function candidateFrom(
  { fp32 }: Prepared,
  config: TargetConfig,
  { quantized, histograms, taken }: Pick<Candidate, 'quantized' | 'histograms' | 'taken'>,
): Candidate {
  const emulation = emulationOf(config.id, quantized);
  const compared = withReferenceWeights(quantized, fp32);
  const kernels = kernelsOf(`${config.id}/int8`, quantized);
  return { config, quantized, compared, taken, histograms, emulation, kernels };
}

/** The emulation of a target as a contestant. */
export function emulationOf(name: string, quantized: Quantized): Candidate['emulation'] {
  return { name, optimize: 'float', ...emulatedModel(quantized, 'integer') };
}

function kernelsOf(name: string, quantized: Quantized): Candidate['kernels'] {
  const { scheme, model } = quantized;
  const { integerKernels, qdq } = scheme.target;
  if (!integerKernels || qdq === undefined) return undefined;
  if (integerKernels && model.file !== undefined)
    return { name, model: model.file.model, optimize: 'integer', overflows: new Map() };
  if (qdq.operator === undefined && (scheme.weightBits !== 8 || scheme.activationBits !== 8))
    return { notRun: 'they are for 8 bits' };
  try {
    const written = deliveredModel(quantized, qdq);
    if ('obstacle' in written) return { notRun: written.obstacle };
    return { name, model: written.model, optimize: 'integer', overflows: new Map() };
  } catch (error) {
    return { notRun: failureLine(error) };
  }
}

/**
 * Judges a target by its evaluation beside FP32's on the same samples, and beside what the base has of it.
 *
 * @param progress hears of each layer that is looked at: those of a large model take minutes together
 */
export function judgeTarget(
  prepared: Prepared,
  candidate: Candidate,
  evidence: Evidence,
  progress?: Pick<Progress, 'beat'>,
): TargetResult {
  const { config, metric, random } = prepared;
  const { quantized, compared, histograms, emulation, kernels } = candidate;
  const { fp32, evaluations, lookup } = evidence;
  const { confidence, maxBitsLost, minEffectiveBits, onInconclusive } = config.budget;
  const emulated = evaluations.get(emulation.name)!;
  const real = kernels !== undefined && 'name' in kernels ? evaluations.get(kernels.name) : undefined;
  const { scores, greatest, looked } = real ?? emulated;
  const measurement = { scores, fp32: ofSeen(fp32.scores, looked), looked };
  const accuracy = judgeAccuracy(prepared, candidate, lookup, measurement);
  const { withBase, floor } = accuracy;
  const budget = { allowed: accuracy.byQuantization.budget, confidence };
  const beside = real && besideEmulation(metric, real, emulated, budget);
  const byQuantization = beside?.contradicts
    ? byRealRun(accuracy.byQuantization, beside, metric)
    : accuracy.byQuantization;
  const parts = [withBase, floor, notHeld(prepared, evidence, floor)];
  const stopped = stoppedBy(metric, scores, looked);
  const judged = withStop(
    combined(
      byQuantization,
      parts.filter((part) => part !== undefined),
    ),
    stopped,
  );
  const drawing = random.map(({ name, op }) => `${quote(name)} (${op})`);
  const bits = bitUsesOf(compared, histograms, () => progress?.beat?.());
  const tensors = tensorBits(quantized, bits);
  const judgement = withBitsLostBudget(
    withEffectiveBitsBudget(
      effective(withoutRepeating(judged, drawing), onInconclusive),
      tensors,
      minEffectiveBits,
    ),
    tensors,
    maxBitsLost,
  );
  const { overflows, largest } = emulated;
  const result = {
    candidate,
    judgement,
    withBase,
    floor,
    scores,
    greatest,
    bits,
    overflows,
    largest,
    looked,
    stopped,
  };
  const { quantized: value, drop } = accuracy.byQuantization;
  const integer = beside && { quantized: value, drop, beside };
  return { ...result, byQuantization: byQuantization.verdict, integer };
}

/** Says how far an evaluation went that was not needed to its end. */
function withStop(judged: Judgement, stopped: Stopped | undefined): Judgement {
  if (stopped === undefined) return judged;
  const { at, of, interval } = stopped;
  const holds = `the interval holds wherever one stops${interval === 'asymptotic' ? ', asymptotically' : ''}`;
  return {
    ...judged,
    reasons: [...judged.reasons, `stopped at ${count(at)} of ${count(of)} samples: ${holds}`],
  };
}

/**
 * A budget against the base that could not be held: the base is there and cannot be compared with, or it is the only budget
 * and there is no base.
 */
function notHeld(
  { config, maxDrop }: Prepared,
  { lookup }: Evidence,
  floor: FloorJudgement | undefined,
): Judged | undefined {
  const say = (why: string): Judged => ({
    verdict: 'inconclusive',
    reasons: [`on the chip: max-regression is not held against anything: ${why}`],
  });
  const isAsked = config.budget.maxRegression !== undefined;
  if (lookup.state === 'baseline-unavailable') return isAsked ? say(lookup.reason) : undefined;
  const isAlone = maxDrop === undefined && floor === undefined;
  return lookup.state === 'no-baseline-yet' && isAlone ? say('there is no baseline yet') : undefined;
}
