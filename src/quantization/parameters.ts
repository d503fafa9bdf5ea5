import { dequantizeWeights, quantizeWeights, weightCodes } from '../numerics/channels.ts';
import { type Grid, gridParams, type QuantParams } from '../numerics/grid.ts';
import type { Channels } from '../numerics/parts.ts';
import type { Rounding } from '../numerics/rounding.ts';
import type { Tensor } from '../numerics/tensor.ts';
import type { FileQuantizer } from '../onnx/file-quantizer.ts';
import { keptLike } from '../onnx/kept-weights.ts';
import { readTensor } from '../onnx/tensors.ts';
import { htpGenerationOf } from '../targets/htp-generation.ts';
import { blockedWeight } from './blocked-weight.ts';
import { mayHaveChannelScales } from './channel-scales.ts';
import { gridOfFile, paramsOfFile } from './file-grid.ts';
import type { Layer } from './layer.ts';
import { type ActivationParameters, gridsOf } from './on-grid.ts';
import type { Planned } from './planned.ts';
import { weightBits } from './precision.ts';
import { FULL_RANGE_WEIGHT_BITS } from './scheme.ts';

export interface WeightParameters extends Channels {
  readonly grid: Grid;
  /** One for each part of the tensor, in the order of `partsOf`. */
  readonly params: readonly QuantParams[];
  /** The values the chip computes with, in the layout of the original. */
  readonly data: Float32Array;
  /** What it would be if the bias of its layer fitted; left out where it does. */
  readonly unraised?: WeightParameters;
}

/** Every range, scale and zero point of one scheme on one model. */
export interface Parameters {
  /** Parameters of the activations that are quantized. */
  readonly activations: ReadonlyMap<string, ActivationParameters>;
  /** Parameters of all activations that lie on a grid: those, and what is made of them without arithmetic. */
  readonly grids: ReadonlyMap<string, ActivationParameters>;
  /** By layer name: layers that share a weight tensor may differ in their channel axis. */
  readonly weights: ReadonlyMap<string, WeightParameters>;
  /** Biases that are not the model's, by layer name: what a repair made of them. */
  readonly biases: ReadonlyMap<string, Float32Array>;
}

/** What recovery made of weights and biases, by layer name: the codes that the chip gets, whatever is nearest. */
export type Repairs = Pick<Parameters, 'weights' | 'biases'>;

/** Every range, scale and zero point of a scheme on a model, before integers are made of them. */
export interface Parametrized extends Planned {
  readonly parameters: Parameters;
}

/**
 * The parameters of a scheme with given grids of activations. Weights take their largest magnitude at 8 bits and more,
 * as every toolchain does, and the least squared error below.
 *
 * @param before of the same plan and bits, for its weights: activations change them only by what a bias asks of their scale
 * @throws UserError when a weight holds NaN or an infinity, which `checkFiniteWeights` names
 */
export function parametersOf(
  planned: Planned,
  activations: ReadonlyMap<string, ActivationParameters>,
  repairs: Repairs,
  before?: { readonly parameters: Parameters; readonly repairs: Repairs },
): Parameters {
  const { model, scheme, plan } = planned;
  const { target } = scheme;
  const { initializers } = model.view;
  const { placement } = target;
  const handsOn = placement.kind === 'every-activation' ? placement.rules?.handsOn : undefined;
  const grids = gridsOf(model.view, plan.activations, activations, handsOn);
  const weights = new Map<string, WeightParameters>();
  for (const layer of plan.layers) {
    if (layer.weight === undefined) continue;
    const repaired = repairs.weights.get(layer.name);
    if (repaired !== undefined) {
      weights.set(layer.name, repaired);
      continue;
    }
    const constant = initializers.get(layer.weight.name)!;
    const values = () => readTensor(constant, model.where);
    const wasRepaired = before?.repairs.weights.has(layer.name);
    const known = wasRepaired ? undefined : before?.parameters.weights.get(layer.name);
    const given = model.file?.weights.get(layer.weight.name);
    if (given !== undefined) {
      weights.set(layer.name, known ?? keptLike(constant, fileWeight(values(), given)));
      continue;
    }
    const chosen = known?.unraised ?? known ?? keptLike(constant, weightParameters(values(), layer, planned));
    const least = leastScales(layer, chosen, { model, scheme, grids, biases: repairs.biases });
    const raised = least && raisedTo(least, chosen, values, target.rounding);
    weights.set(layer.name, raised === undefined ? chosen : keptLike(constant, raised));
  }
  return { activations, grids, weights, biases: repairs.biases };
}

/** The bias that a layer adds, in real values: the repaired one, or the model's; undefined where there is no constant one. */
export function realBias(
  layer: Layer,
  { model, biases }: Pick<Planned, 'model'> & Pick<Parameters, 'biases'>,
): Tensor | undefined {
  if (layer.bias === undefined) return undefined;
  const original = readTensor(model.view.initializers.get(layer.bias.name)!, model.where);
  const repaired = biases.get(layer.name);
  return repaired === undefined ? original : { ...original, data: repaired };
}

/** A weight on the grid that its file has for it. */
function fileWeight({ dims, data }: Tensor, quantizer: FileQuantizer): WeightParameters {
  const [grid, params] = [gridOfFile(quantizer), paramsOfFile(quantizer)];
  const channels = { dims, axis: quantizer.axis };
  const codes = weightCodes(data as Float32Array, channels, params, { grid, rounding: 'half-to-even' });
  return { grid, ...channels, params, data: dequantizeWeights(codes, channels, params) };
}

function weightParameters(tensor: Tensor, layer: Layer, planned: Planned): WeightParameters {
  const { scheme } = planned;
  const values = tensor.data as Float32Array;
  const { weights } = scheme.target;
  const bits = weightBits(planned, layer.name);
  const inBlocks = blockedWeight(tensor, layer, planned, bits);
  if (inBlocks !== undefined) return inBlocks;
  const perChannel = scheme.granularity === 'per-channel' && mayHaveChannelScales(scheme.target, layer);
  const grid = weights.grid(bits, perChannel ? 'per-channel' : 'per-tensor');
  const axis = perChannel ? layer.weight!.axis : null;
  const method = bits >= FULL_RANGE_WEIGHT_BITS ? 'max' : 'mse';
  const channels = { dims: tensor.dims, axis };
  const { rounding } = scheme.target;
  return { grid, ...channels, ...quantizeWeights(values, channels, { grid, rounding }, method) };
}

/** A little room below 2^31, as ONNX Runtime's quantizer leaves it. */
const BIAS_ROOM = 1.0001;

/** The least scale of each channel of a layer's weight with which its bias fits int32; undefined where any scale does. */
export function leastScales(
  layer: Layer,
  weight: WeightParameters,
  { model, scheme, grids, biases }: Pick<Planned, 'model' | 'scheme'> & Pick<Parameters, 'grids' | 'biases'>,
): Float64Array | undefined {
  const input = grids.get(layer.activations[0]);
  const bias = realBias(layer, { model, biases });
  if (weight.blocks !== undefined) return undefined;
  if (scheme.target.bias !== 'int32' || input === undefined || bias === undefined) return undefined;
  const onHtp = htpGenerationOf(scheme.target) !== undefined && weight.params.length > 1;
  const bits = onHtp ? HTP_BIAS_BITS : 32;
  return scalesForBias(weight, bias, { inputScale: input.scale, bits });
}

/** Where scales are per channel, HTP rounds the biases of a layer in which one needs more (`htp-rescale.ts`). */
const HTP_BIAS_BITS = 28;

/** Undefined for a bias that is broadcast. */
function scalesForBias(
  { axis, params }: WeightParameters,
  bias: Tensor,
  { inputScale, bits }: { readonly inputScale: number; readonly bits: number },
): Float64Array | undefined {
  const values = bias.data as Float32Array;
  if (axis !== null && values.length !== params.length) return undefined;
  const least = new Float64Array(params.length);
  values.forEach((b, i) => {
    const channel = axis === null ? 0 : i;
    least[channel] = Math.max(least[channel], (BIAS_ROOM * 2 * Math.abs(b)) / (2 ** bits - 2) / inputScale);
  });
  return least;
}

/**
 * A channel of nearly dead weights has so small a scale that its bias overflows its integers. The weights' scale is then
 * raised until the bias fits, which costs such weights nothing (ONNX Runtime's `_adjust_weight_scale_for_int32_bias`). Undefined
 * where it fits.
 */
function raisedTo(
  least: Float64Array,
  chosen: WeightParameters,
  weights: () => Tensor,
  rounding: Rounding,
): WeightParameters | undefined {
  const { params, grid, dims, axis } = chosen;
  if (params.every((p, i) => p.scale >= least[i])) return undefined;
  const raised = params.map((p, i) => (p.scale >= least[i] ? p : gridParams(least[i], p.zeroPoint, grid)));
  const codes = weightCodes(weights().data as Float32Array, chosen, raised, { grid, rounding });
  return {
    grid,
    dims,
    axis,
    params: raised,
    data: dequantizeWeights(codes, chosen, raised),
    unraised: chosen,
  };
}
