import { type ActivationBitUse, bitUse } from '../attribute/bits.ts';
import { type WeightBitUse, weightBitUse } from '../attribute/weight-bits.ts';
import type { Baseline } from '../baseline/baseline.ts';
import type { Calibration } from '../calibrate/record.ts';
import { aggregateScores } from '../data/metrics/score-sample.ts';
import { emulatedModel } from '../emulate/emulate.ts';
import type { Evaluation } from '../emulate/evaluate.ts';
import { qdqModel } from '../emulate/qdq-model.ts';
import { type TensorBits, withBitsLostBudget, withEffectiveBitsBudget } from '../gate/bits.ts';
import { effective } from '../gate/effective.ts';
import { type Judgement, judge } from '../gate/verdict.ts';
import { viewGraph } from '../onnx/graph.ts';
import { readTensor } from '../onnx/tensors.ts';
import type { IntegerLayer } from '../quantization/integer-layers.ts';
import { chooseParameters, type Parameters } from '../quantization/parameters.ts';
import type { LoadedModel } from '../runtime/simplify.ts';
import type { Contestant } from './evaluate.ts';
import type { PlannedTarget, Prepared } from './prepare.ts';

/** A target ready to be evaluated: its parameters, and the models to run. */
export interface Candidate {
  readonly target: PlannedTarget;
  readonly parameters: Parameters;
  readonly emulation: Contestant;
  /** What the emulation computes with integers. */
  readonly integerLayers: readonly IntegerLayer[];
  /** ONNX Runtime's integer kernels beside the emulation, or why they do not run; undefined for other targets. */
  readonly integer: Contestant | { readonly notRun: string } | undefined;
}

/** What one target makes of a model. */
export interface TargetResult {
  readonly candidate: Candidate;
  readonly judgement: Judgement;
  readonly integer: IntegerResult | undefined;
  /** How many values of an accumulator were beyond its width, for the layers that can overflow. */
  readonly overflows: ReadonlyMap<string, number>;
  readonly bits: BitUses;
}

/** How well the ranges use their bits; tensors without signal or noise have none. */
export interface BitUses {
  readonly activations: ReadonlyMap<string, ActivationBitUse>;
  /** By layer name. */
  readonly weights: ReadonlyMap<string, WeightBitUse>;
}

export interface IntegerResult {
  readonly quantized: number;
  readonly drop: number;
  /** Samples with another greatest output than the emulation's. */
  readonly differing: number;
  readonly agreement: number;
}

/** Chooses the parameters of a target and builds its models. */
export function candidateOf(prepared: Prepared, target: PlannedTarget, calibration: Calibration): Candidate {
  const { config, model } = prepared;
  const { plan, scheme } = target;
  const pins = Object.fromEntries(config.ranges);
  const parameters = chooseParameters(model, plan, scheme, calibration.histograms, pins);
  const { id } = target.config;
  const { model: emulated, layers, overflows } = emulatedModel(model, plan, parameters, 'integer');
  const emulation = { name: id, model: emulated, optimize: 'float', counters: overflows } as const;
  const integer = integerContestant(prepared, target, parameters);
  return { target, parameters, emulation, integerLayers: layers, integer };
}

function integerContestant(
  { model }: Prepared,
  target: PlannedTarget,
  parameters: Parameters,
): Candidate['integer'] {
  const { plan, scheme } = target;
  const { integerKernels, qdq } = scheme.target;
  if (!integerKernels || qdq === undefined) return undefined;
  if (scheme.weightBits !== 8 || scheme.activationBits !== 8) return { notRun: 'they are for 8 bits' };
  const written = qdqModel(model, plan, parameters, qdq);
  if ('obstacle' in written) return { notRun: written.obstacle };
  return { name: `${target.config.id}/int8`, model: written.model, optimize: 'integer', counters: new Map() };
}

/** Judges a target by its evaluation beside FP32's on the same samples. */
export function judgeTarget(
  prepared: Prepared,
  candidate: Candidate,
  calibration: Calibration,
  fp32: Baseline,
  evaluations: ReadonlyMap<string, Evaluation>,
): TargetResult {
  const { config, metric, maxDrop } = prepared;
  const { confidence, maxBitsLost, minEffectiveBits, onInconclusive } = config.budget;
  const emulated = evaluations.get(candidate.emulation.name)!;
  const judged = judge({
    metric,
    fp32Scores: fp32.scores,
    quantizedScores: emulated.scores,
    budget: { maxDrop, confidence },
  });
  const bits = bitUsesOf(prepared.model, candidate, calibration);
  const tensors = tensorBits(prepared.model, candidate, bits);
  const judgement = withBitsLostBudget(
    withEffectiveBitsBudget(effective(judged, onInconclusive), tensors, minEffectiveBits),
    tensors,
    maxBitsLost,
  );
  const { integer } = candidate;
  const real = integer !== undefined && 'name' in integer ? evaluations.get(integer.name) : undefined;
  const { overflows } = emulated;
  if (real === undefined) return { candidate, judgement, bits, overflows, integer: undefined };
  const quantized = aggregateScores(metric, real.scores);
  const drop = metric.higherIsBetter ? judgement.fp32 - quantized : quantized - judgement.fp32;
  const differing = real.greatest.filter((index, i) => index !== emulated.greatest[i]).length;
  const agreement = 1 - differing / real.greatest.length;
  return { candidate, judgement, bits, overflows, integer: { quantized, drop, differing, agreement } };
}

function bitUsesOf(
  model: LoadedModel,
  { target, parameters }: Candidate,
  { histograms }: Calibration,
): BitUses {
  const activations = new Map<string, ActivationBitUse>();
  for (const [name, params] of parameters.activations) {
    const use = bitUse(histograms.get(name)!, params, parameters.activationGrid);
    if (use !== undefined) activations.set(name, use);
  }
  const weights = new Map<string, WeightBitUse>();
  const { initializers } = viewGraph(model.model);
  for (const { name, weight } of target.plan.layers) {
    const chosen = parameters.weights.get(name);
    if (weight === undefined || chosen === undefined) continue;
    const values = readTensor(initializers.get(weight.name)!, model.where).data as Float32Array;
    const use = weightBitUse(values, chosen, weight.axis, target.scheme.target.rounding);
    if (use !== undefined) weights.set(name, use);
  }
  return { activations, weights };
}

/** What the budgets on bits look at, under the names of the user's model; a weight of several layers comes several times. */
function tensorBits(
  model: LoadedModel,
  { target, parameters }: Candidate,
  bits: BitUses,
): [name: string, TensorBits][] {
  const tensors: [string, TensorBits][] = [];
  for (const { name, weight } of target.plan.layers) {
    const use = bits.weights.get(name);
    if (weight === undefined || use === undefined) continue;
    const { params, grid } = parameters.weights.get(name)!;
    const alpha = params.reduce((least, p) => Math.min(least, p.alpha), Infinity);
    const beta = params.reduce((most, p) => Math.max(most, p.beta), -Infinity);
    const original = model.weightNames.get(weight.name) ?? weight.name;
    tensors.push([original, { ...use, bits: grid.bits, alpha, beta }]);
  }
  for (const [name, use] of bits.activations) {
    const { alpha, beta } = parameters.activations.get(name)!;
    tensors.push([name, { ...use, bits: parameters.activationGrid.bits, alpha, beta }]);
  }
  return tensors;
}
