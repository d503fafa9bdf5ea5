import type { BitUse } from '../attribute/bits.ts';
import type { WeightBitUse } from '../attribute/weight-bits.ts';
import { type Calibration, sampleCount } from '../calibrate/record.ts';
import type { Parameters, WeightParameters } from '../emulate/parameters.ts';
import type { Layer } from '../emulate/plan.ts';
import { headroomBits } from '../numerics/accumulator.ts';
import { channelAbsMax } from '../numerics/channels.ts';
import type { QuantParams } from '../numerics/grid.ts';
import type {
  BaselineState,
  JudgedTarget,
  LayerReport,
  ModelReport,
  TensorReport,
} from '../report/schema.ts';
import type { BaselineLookup } from './fp32.ts';
import type { BitUses, Candidate, TargetResult } from './judge-target.ts';
import type { Prepared } from './prepare.ts';

/** The entry of one model in report.json. */
export function describeModel(
  prepared: Prepared,
  calibration: Calibration,
  lookup: BaselineLookup,
  dataSha256: string,
  results: readonly TargetResult[],
  files: ReadonlyMap<string, readonly string[]>,
): ModelReport {
  return {
    name: prepared.config.name,
    modelSha256: prepared.model.sha256,
    dataSha256,
    opset: prepared.model.opset,
    calibrationSamples: sampleCount(calibration),
    baseline: baselineState(lookup),
    targets: results.map((result) =>
      describeTarget(prepared, result, files.get(result.candidate.target.config.id)!),
    ),
  };
}

function baselineState(lookup: BaselineLookup): BaselineState {
  if (lookup.state !== 'compared') return lookup;
  const { metric, value, commit } = lookup.baseline;
  return { state: 'compared', metric, value, sha: commit };
}

function describeTarget(
  prepared: Prepared,
  { candidate, judgement, integer, bits, overflows }: TargetResult,
  files: readonly string[],
): JudgedTarget {
  const { verdict, reasons, confidence, pValue } = judgement;
  const { config, plan, scheme } = candidate.target;
  const { arithmetic } = scheme.target;
  const accumulators = accumulatorsOf(candidate, overflows);
  const { id, chip, weights, weightBits, activationBits, range } = config;
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
    scheme: { weights, weightBits, activationBits, range },
    verdict,
    reasons: [...reasons],
    metric: {
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
    },
    arithmetic: { rescale: arithmetic.rescale, assumed: arithmetic.assumed },
    ...(integer === undefined ? {} : { realInt8: integer }),
    ...extremes,
    layers: plan.layers.map((layer) =>
      describeLayer(layer, candidate.parameters, bits, accumulators, prepared.model.weightNames),
    ),
    notQuantized: [...plan.notQuantized],
    files: [...files],
  };
}

type Accumulator = NonNullable<LayerReport['accumulator']>;

function accumulatorsOf(
  { target, integerLayers }: Candidate,
  overflows: ReadonlyMap<string, number>,
): Map<string, Accumulator> {
  const { weightBits, activationBits, arithmetic } = { ...target.scheme, ...target.scheme.target };
  const bits = arithmetic.accumulatorBits(weightBits + activationBits);
  return new Map(
    integerLayers.map(({ layer, worstAccumulator }) => [
      layer.name,
      { bits, headroomBits: headroomBits(worstAccumulator, bits), overflows: overflows.get(layer.name) ?? 0 },
    ]),
  );
}

function describeLayer(
  layer: Layer,
  parameters: Parameters,
  bits: BitUses,
  accumulators: ReadonlyMap<string, Accumulator>,
  weightNames: ReadonlyMap<string, string>,
): LayerReport {
  const activation = (name: string, kind: 'input-activation' | 'output-activation'): TensorReport[] => {
    const params = parameters.activations.get(name);
    return params === undefined
      ? []
      : [{ name, kind, ...plain(params), ...bitsOf(bits.activations.get(name)) }];
  };
  const tensors = layer.activations.flatMap((name) => activation(name, 'input-activation'));
  const weights = parameters.weights.get(layer.name);
  if (weights !== undefined) {
    const name = weightNames.get(layer.weight!.name) ?? layer.weight!.name;
    tensors.push({
      name,
      kind: 'weight',
      ...overChannels(weights),
      ...weightBitsOf(bits.weights.get(layer.name)),
    });
  }
  tensors.push(...activation(layer.output, 'output-activation'));
  const accumulator = accumulators.get(layer.name);
  return { name: layer.name, op: layer.op, ...(accumulator && { accumulator }), tensors };
}

function bitsOf(use: BitUse | undefined) {
  if (use === undefined) return {};
  const { effectiveBits, bitsLost, clipShare, span } = use;
  return { effectiveBits, bitsLost, clipShare, span };
}

function weightBitsOf(use: WeightBitUse | undefined) {
  const channelPrecision = use?.channelPrecision;
  return { ...bitsOf(use), ...(channelPrecision && { channelPrecision }) };
}

function plain({ alpha, beta, scale, zeroPoint }: QuantParams) {
  return { alpha, beta, scale, zeroPoint };
}

/** Channels of zeros have a scale only in name, and would hide the others'. */
function overChannels({ params, data, dims, axis }: WeightParameters) {
  if (params.length === 1) return plain(params[0]);
  const largest = channelAbsMax(data, dims, axis);
  const live = params.filter((_, channel) => largest[channel] > 0);
  const counted = live.length > 0 ? live : params;
  const extreme = (pick: (p: QuantParams) => number, of: (a: number, b: number) => number) =>
    counted.map(pick).reduce((a, b) => of(a, b));
  const scale = {
    channels: params.length,
    min: extreme((p) => p.scale, Math.min),
    max: extreme((p) => p.scale, Math.max),
  };
  return {
    alpha: extreme((p) => p.alpha, Math.min),
    beta: extreme((p) => p.beta, Math.max),
    scale,
    zeroPoint: params[0].zeroPoint,
  };
}
