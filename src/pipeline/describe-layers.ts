import type { LocalUnit } from '../attribution/attribution.ts';
import { headroomBits } from '../numerics/accumulator.ts';
import { partRanges } from '../numerics/channels.ts';
import type { QuantParams } from '../numerics/grid.ts';
import type { BitUse } from '../quantization/bit-use.ts';
import type { Layer } from '../quantization/layer.ts';
import { ownBits } from '../quantization/own-bits.ts';
import type { Parameters, WeightParameters } from '../quantization/parameters.ts';
import type { Quantized } from '../quantization/quantized.ts';
import type { Unit } from '../quantization/units.ts';
import type { WeightBitUse } from '../quantization/weight-bit-use.ts';
import type { LayerReport, TensorReport } from '../report/report-schema.ts';
import type { LoadedModel } from '../runtime/load-model.ts';
import type { Advised } from './advise.ts';
import { describeUnit } from './describe-attribution.ts';
import type { TargetResult } from './judge.ts';

/**
 * The layers of a target in report.json, in the order of the graph: those of the plan, and the operators and outputs
 * without a weight that read quantized tensors.
 *
 * @param observed what attribution found out about units; empty where there is none
 */
export function describeLayers(
  result: TargetResult,
  observed: readonly LocalUnit[],
  suggestion: Advised['suggestion'],
): LayerReport[] {
  const { quantized } = result.candidate;
  const { model, units, parameters } = quantized;
  const readsOf = new Map(units.map(({ node, reads }) => [node, reads.map(({ tensor }) => tensor)]));
  const byName = new Map(observed.map((unit) => [unit.name, unit]));
  const suggested = new Map(suggestion?.changes.map((change) => [change.tensor, change]));
  const describe = {
    activation: activations(quantized, result.bits.activations, suggested),
    weight: weights(model, parameters, result.bits.weights),
  };
  const accumulators = accumulatorsOf(quantized, result.overflows);
  const bits = ownBits(quantized);
  return inGraphOrder(quantized).map((each) => {
    const { name, op } = each;
    const accumulator = accumulators.get(name);
    const unit = byName.get(name);
    const own = bits.get(name);
    return {
      name,
      op,
      ...(unit && describeUnit(unit)),
      ...(accumulator && { accumulator }),
      ...(own && { bits: own }),
      tensors:
        'reads' in each
          ? tensorsOfUnit(each, describe)
          : tensorsOfLayer(each, readsOf.get(each.node) ?? [], describe),
    };
  });
}

interface Describe {
  activation(name: string, kind: TensorReport['kind']): TensorReport[];
  weight(layer: Layer): TensorReport[];
}

function inGraphOrder({ model, plan, units }: Quantized): (Layer | Unit)[] {
  const layerOf = new Map(plan.layers.map((layer) => [layer.node, layer]));
  const unitOf = new Map(units.map((unit) => [unit.node, unit]));
  const nodes = model.view.graph.node.flatMap((node) => layerOf.get(node) ?? unitOf.get(node) ?? []);
  return [...nodes, ...units.filter(({ node }) => node === undefined)];
}

/** With the addend of a Gemm, which is read and is no operand of its products. */
function tensorsOfLayer(
  layer: Layer,
  reads: readonly string[],
  { activation, weight }: Describe,
): TensorReport[] {
  return [
    ...[...new Set([...layer.activations, ...reads])].flatMap((name) => activation(name, 'input-activation')),
    ...weight(layer),
    ...activation(layer.output, 'output-activation'),
  ];
}

function tensorsOfUnit({ node, reads }: Unit, { activation }: Describe): TensorReport[] {
  const kind = node === undefined ? 'output-activation' : 'input-activation';
  return [...new Set(reads.map(({ tensor }) => tensor))].flatMap((name) => activation(name, kind));
}

function activations(
  { model: { view }, parameters: { grids } }: Quantized,
  bits: ReadonlyMap<string, BitUse>,
  suggested: ReadonlyMap<string, NonNullable<TensorReport['suggested']>>,
): Describe['activation'] {
  return (name, kind) => {
    const params = grids.get(name);
    if (params === undefined) return [];
    const change = suggested.get(name);
    return [
      {
        name,
        kind: view.initializers.has(name) ? 'weight' : kind,
        ...plain(params),
        ...bitsOf(bits.get(name)),
        ...(change && { suggested: rangeOf(change) }),
      },
    ];
  };
}

function rangeOf({ alpha, beta, predictedGainDb }: NonNullable<TensorReport['suggested']>) {
  return { alpha, beta, predictedGainDb };
}

function weights(
  { weightNames }: LoadedModel,
  parameters: Parameters,
  bits: ReadonlyMap<string, WeightBitUse>,
): Describe['weight'] {
  return ({ name, weight }) => {
    const chosen = parameters.weights.get(name);
    if (chosen === undefined || weight === undefined) return [];
    return [
      {
        name: weightNames.get(weight.name) ?? weight.name,
        kind: 'weight',
        ...overChannels(chosen),
        ...weightBitsOf(bits.get(name)),
      },
    ];
  };
}

type Accumulator = NonNullable<LayerReport['accumulator']>;

function accumulatorsOf(
  { integerLayers }: Quantized,
  overflows: ReadonlyMap<string, number>,
): Map<string, Accumulator> {
  return new Map(
    integerLayers.map(({ layer, worstAccumulator, accumulatorBits: bits }) => [
      layer.name,
      { bits, headroomBits: headroomBits(worstAccumulator, bits), overflows: overflows.get(layer.name) ?? 0 },
    ]),
  );
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
function overChannels(weights: WeightParameters) {
  const { params, data } = weights;
  if (params.length === 1) return plain(params[0]);
  const ranges = partRanges(data, weights);
  const live = params.filter((_, part) => ranges[part].alpha < 0 || ranges[part].beta > 0);
  const counted = live.length > 0 ? live : params;
  const extreme = (pick: (p: QuantParams) => number, of: (a: number, b: number) => number) =>
    counted.map(pick).reduce((a, b) => of(a, b));
  const isOneZero = params.every(({ zeroPoint }) => zeroPoint === params[0].zeroPoint);
  const scale = {
    ...(weights.blocks === undefined ? { channels: params.length } : { blocks: params.length }),
    min: extreme((p) => p.scale, Math.min),
    max: extreme((p) => p.scale, Math.max),
  };
  return {
    alpha: extreme((p) => p.alpha, Math.min),
    beta: extreme((p) => p.beta, Math.max),
    scale,
    ...(isOneZero && { zeroPoint: params[0].zeroPoint }),
  };
}
