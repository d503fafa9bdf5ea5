import type { Attribution } from '../attribute/attribution.ts';
import type { BitUse } from '../attribute/bits.ts';
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
import type { Attributed, Probes } from './attribute.ts';
import { describeAttribution, describeUnit } from './describe-attribution.ts';
import type { BaselineLookup } from './fp32.ts';
import type { Candidate, TargetResult } from './judge-target.ts';
import type { Prepared } from './prepare.ts';

/** All about one target of a model. */
export interface Finding {
  readonly result: TargetResult;
  readonly attributed: Attributed;
  /** Paths of the files for its tools. */
  readonly files: readonly string[];
}

/** The entry of one model in report.json. */
export function describeModel(
  prepared: Prepared,
  calibration: Calibration,
  lookup: BaselineLookup,
  dataSha256: string,
  { seenInCalibration }: Pick<Probes, 'seenInCalibration'>,
  findings: readonly Finding[],
): ModelReport {
  return {
    name: prepared.config.name,
    modelSha256: prepared.model.sha256,
    dataSha256,
    opset: prepared.model.opset,
    calibrationSamples: sampleCount(calibration),
    baseline: baselineState(lookup),
    targets: findings.map((finding) => describeTarget(prepared, finding, seenInCalibration)),
  };
}

function baselineState(lookup: BaselineLookup): BaselineState {
  if (lookup.state !== 'compared') return lookup;
  const { metric, value, commit, date } = lookup.baseline;
  return { state: 'compared', metric, value, sha: commit, sha256: lookup.sha256, date };
}

function describeTarget(
  prepared: Prepared,
  { result, attributed, files }: Finding,
  probesSeen: boolean,
): JudgedTarget {
  const { candidate, judgement, integer, bits, overflows } = result;
  const attribution = 'units' in attributed ? attributed : undefined;
  const { verdict, reasons, confidence, pValue } = judgement;
  const { config, plan, scheme } = candidate.target;
  const { arithmetic } = scheme.target;
  const accumulators = accumulatorsOf(candidate, overflows);
  const { id, chip, weights, weightBits, activationBits, range } = config;
  const uses = [...bits.values()];
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
    ...(attribution && describeAttribution(attribution, candidate, bits, probesSeen)),
    layers: [
      ...plan.layers.map((layer) => ({
        ...describeLayer(layer, candidate.parameters, bits, accumulators, prepared.model.weightNames),
        ...describeUnit(attribution?.units.find(({ name }) => name === layer.name)),
      })),
      ...otherUnits(attribution?.units ?? [], candidate.parameters, bits, plan.layers),
    ],
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
  bits: ReadonlyMap<string, BitUse>,
  accumulators: ReadonlyMap<string, Accumulator>,
  weightNames: ReadonlyMap<string, string>,
): LayerReport {
  const activation = (name: string, kind: 'input-activation' | 'output-activation') =>
    describeActivation(name, kind, parameters, bits);
  const tensors = layer.activations.flatMap((name) => activation(name, 'input-activation'));
  const weights = parameters.weights.get(layer.name);
  if (weights !== undefined) {
    const name = weightNames.get(layer.weight!.name) ?? layer.weight!.name;
    tensors.push({ name, kind: 'weight', ...overChannels(weights) });
  }
  tensors.push(...activation(layer.output, 'output-activation'));
  const accumulator = accumulators.get(layer.name);
  return { name: layer.name, op: layer.op, ...(accumulator && { accumulator }), tensors };
}

function describeActivation(
  name: string,
  kind: 'input-activation' | 'output-activation',
  { grids }: Parameters,
  bits: ReadonlyMap<string, BitUse>,
): TensorReport[] {
  const params = grids.get(name);
  return params === undefined ? [] : [{ name, kind, ...plain(params), ...bits.get(name) }];
}

/** Operators without products, and outputs, that read quantized tensors. */
function otherUnits(
  units: Attribution['units'],
  parameters: Parameters,
  bits: ReadonlyMap<string, BitUse>,
  layers: readonly Layer[],
): LayerReport[] {
  const known = new Set(layers.map(({ name }) => name));
  return units
    .filter(({ name }) => !known.has(name))
    .map((unit) => ({
      name: unit.name,
      op: unit.op,
      ...describeUnit(unit),
      tensors: unit.reads.flatMap((name) =>
        describeActivation(
          name,
          unit.op === 'Output' ? 'output-activation' : 'input-activation',
          parameters,
          bits,
        ),
      ),
    }));
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
