import { worstAccumulator } from '../numerics/accumulator.ts';
import { weightCodes } from '../numerics/channels.ts';
import { type FixedPoint, hexagonFixedPoint } from '../numerics/fixed-point.ts';
import type { HtpGeneration } from '../numerics/htp.ts';
import type { Tensor } from '../numerics/tensor.ts';
import { intAttribute } from '../onnx/graph.ts';
import { keptWith } from '../onnx/kept-weights.ts';
import { htpGenerationOf } from '../targets/htp-generation.ts';
import { type IntegerBias, integerBias } from './bias.ts';
import { endOf, type OntoGrid } from './fused-end.ts';
import { type HtpSteps, htpSteps } from './htp-rescale.ts';
import { hasFactors, type Layer } from './layer.ts';
import type { ActivationParameters } from './on-grid.ts';
import { type Parameters, type Parametrized, realBias } from './parameters.ts';

/** A layer that the target computes with integers, from its inputs' codes to what leaves the accumulator. */
export interface IntegerLayer {
  readonly layer: Layer;
  /** Weights as integers less their zero point, in their own layout; undefined for products of two activations. */
  readonly weights: Tensor | undefined;
  /** Added in the accumulator. */
  readonly bias: IntegerBias | undefined;
  readonly rescale: Rescale;
  /** Real units per integer of the accumulator, input scale × weight scale: one per output channel, or a single one. */
  readonly products: readonly number[];
  /** The largest magnitude that the accumulator can reach on any input. */
  readonly worstAccumulator: number;
  /** Bits of the signed accumulator, for products of the bits of both operands together. */
  readonly accumulatorBits: number;
}

/** What turns an accumulator into the layer's output; factors are one per output channel, or a single one. */
export type Rescale =
  /** Stays floating point: factor input scale × weight scale, and a bias in float. */
  | { readonly kind: 'float'; readonly factors: Float32Array; readonly bias: Tensor | undefined }
  /** Onto the grid of `produces`: factor input scale × weight scale / output scale. */
  | ({ readonly kind: 'float-multiplier'; readonly factors: Float32Array } & OntoGrid)
  | ({ readonly kind: 'fixed-point'; readonly factors: readonly FixedPoint[] } & OntoGrid)
  | ({ readonly kind: 'htp' } & HtpSteps & OntoGrid);

/** ONNX Runtime, whose kernels `float-multiplier` is, has no integer ConvTranspose. */
const ONTO_GRID = new Set(['Conv', 'Gemm', 'MatMul']);
const HTP_ONTO_GRID = new Set([...ONTO_GRID, 'ConvTranspose']);

/**
 * Hexagon's fixed-point factor is for 8-bit products: with 16-bit activations it would have 14 significant bits. What a
 * layer makes counts as what it reads: no fixed point is known that leads from 8 bits to 16.
 */
const FIXED_POINT_BITS = 16;

/**
 * The layers that can be computed with the integers themselves. Sums of products of integers are exact in float32
 * below 2^24, whatever their order and on every provider; summing dequantized values instead differs in the last
 * bits, which deep networks amplify. Layers that are left out compute with dequantized values.
 *
 * @param before of the same plan: the integers of weights that are still the same are taken from there
 */
export function integerLayers(given: Parametrized, before?: Before): IntegerLayer[] {
  return given.plan.layers.flatMap((layer) => {
    if (hasFactors(layer)) return [];
    const bias = integerBias(layer, given);
    const products = productScales(layer, given);
    if (products === undefined) return [];
    const weights = sameWeights(layer, given, before) ?? integerWeights(layer, given);
    const rescale = rescaleOf({ layer, weights, bias, products }, given);
    if (rescale === undefined) return [];
    const worstAccumulator = worst(layer, weights, bias, given);
    const [first, second] = operandBits(layer, given.parameters);
    const accumulatorBits = given.scheme.target.arithmetic.accumulatorBits(first + second);
    return [{ layer, weights, bias, rescale, products, worstAccumulator, accumulatorBits }];
  });
}

/** Bits of both operands of a layer whose activations are on grids: what it reads, and its weight or what else it reads. */
function operandBits(layer: Layer, { grids, weights }: Parameters): [read: number, second: number] {
  const [first, second = first] = layer.activations.map((name) => grids.get(name)!.grid.bits);
  return [first, weights.get(layer.name)?.grid.bits ?? second];
}

/** What the target computes with integers of a layer; undefined where it computes with real values. */
export function integerLayerOf(
  { integerLayers }: { readonly integerLayers: readonly IntegerLayer[] },
  layer: Layer,
): IntegerLayer | undefined {
  return integerLayers.find((each) => each.layer === layer);
}

/** The same layer whose accumulator turns into real values, whatever grid the target would put it onto. */
export function inRealValues(each: IntegerLayer, given: Scaled): IntegerLayer {
  if (each.rescale.kind === 'float') return each;
  const factors = Float32Array.from(overGroups(productScales(each.layer, given)!, each.layer));
  return { ...each, rescale: { kind: 'float', factors, bias: undefined } };
}

type Summed = Pick<IntegerLayer, 'layer' | 'weights' | 'bias' | 'products'>;

function rescaleOf(summed: Summed, given: Parametrized): Rescale | undefined {
  const { layer, products } = summed;
  const { rescale } = given.scheme.target.arithmetic;
  const hasBias = (layer.node.input[2] ?? '') !== '';
  if (rescale === 'float') {
    if (hasBias && layer.bias === undefined) return undefined;
    const { model, parameters } = given;
    const floatBias =
      summed.bias !== undefined ? undefined : realBias(layer, { model, biases: parameters.biases });
    return { kind: 'float', factors: Float32Array.from(products), bias: floatBias };
  }
  const generation = htpGenerationOf(given.scheme.target);
  const end = endOf(layer.output, given);
  const operators = generation === undefined ? ONTO_GRID : HTP_ONTO_GRID;
  if (end === undefined || !operators.has(layer.op) || hasBias !== (summed.bias !== undefined))
    return undefined;
  const { params, ...ontoGrid } = end;
  if (generation !== undefined) {
    const steps = stepsOnHtp(summed, params, generation, given);
    if (steps !== undefined) return { kind: 'htp', ...steps, ...ontoGrid };
    if (!ONTO_GRID.has(layer.op)) return undefined;
  }
  const [read, second] = operandBits(layer, given.parameters);
  const bits = Math.max(read, params.grid.bits) + second;
  if (rescale !== 'fixed-point' || bits > FIXED_POINT_BITS) {
    // fround(fround(s_x · s_w) / s_y), in the order in which ONNX Runtime multiplies and divides.
    const factors = Float32Array.from(products, (s) => Math.fround(s) / params.scale);
    return { kind: 'float-multiplier', factors, ...ontoGrid };
  }
  const factors = products.map((s) => hexagonFixedPoint(Math.min(s / params.scale, SATURATING)));
  return { kind: 'fixed-point', factors, ...ontoGrid };
}

/** Undefined where HTP's way is not known: weights that are wider than 8 bits, another width behind a layer than before it. */
function stepsOnHtp(
  { layer, weights, bias, products }: Summed,
  output: ActivationParameters,
  generation: HtpGeneration,
  { model, parameters }: Pick<Parametrized, 'model' | 'parameters'>,
): HtpSteps | undefined {
  const input = parameters.grids.get(layer.activations[0])!;
  const [bits, second] = operandBits(layer, parameters);
  if (output.grid.bits !== bits || second > 8 || (bits !== 8 && bits !== 16)) return undefined;
  const dims = model.tensors.get(layer.output)?.dims?.slice(2);
  const size = dims?.every((each) => typeof each === 'number') ? (dims as number[]) : undefined;
  return htpSteps({ layer, weights, bias, products, input, output, size, bits }, generation);
}

/** A range of the output that is pinned far too narrow; with any larger factor every sum but zero saturates 8 bits as well. */
const SATURATING = 2 ** 14;

type Scaled = Pick<Parametrized, 'scheme' | 'parameters'>;

/** The product of two steps as it comes of their float32 inverses. */
function productOfInverses(a: number, b: number): number {
  return 1 / Math.fround(Math.fround(1 / a) * Math.fround(1 / b));
}

/** Input scale × weight scale, one per output channel or a single one; undefined where they are not constants of the output. */
function productScales(layer: Layer, { scheme, parameters }: Scaled): number[] | undefined {
  const product = scheme.target.arithmetic.inverseSteps ? productOfInverses : (a: number, b: number) => a * b;
  const grids = layer.activations.map((name) => parameters.grids.get(name));
  // Products of floating-point codes are summed in floating point.
  if (grids.some((grid) => grid?.grid.float !== undefined)) return undefined;
  // Scales that change within a sum are no factor of it.
  if (parameters.weights.get(layer.name)?.blocks !== undefined) return undefined;
  const inputs = grids.map((grid) => grid?.scale);
  if (inputs.includes(undefined)) return undefined;
  const [first, second] = inputs as number[];
  const weights = parameters.weights.get(layer.name)?.params.map((p) => p.scale);
  if (weights === undefined) return second === undefined ? undefined : [product(first, second)];
  // A weight on the left of a MatMul has its channels in the rows of the output.
  if (layer.weight!.input === 0 && weights.length > 1) return undefined;
  return overGroups(
    weights.map((scale) => product(first, scale)),
    layer,
  );
}

/** Groups of a ConvTranspose share the weight channels, and so their scales. */
function overGroups(factors: readonly number[], layer: Layer): number[] {
  const groups = layer.op === 'ConvTranspose' ? intAttribute(layer.node, 'group', 1) : 1;
  return factors.length === 1 ? [...factors] : Array.from({ length: groups }, () => factors).flat();
}

interface Before {
  readonly parameters: Parameters;
  readonly integerLayers: readonly IntegerLayer[];
}

function sameWeights(layer: Layer, { parameters }: Parametrized, before: Before | undefined) {
  const isSame = before?.parameters.weights.get(layer.name) === parameters.weights.get(layer.name);
  return before && isSame ? integerLayerOf(before, layer)?.weights : undefined;
}

function integerWeights(layer: Layer, { scheme, parameters }: Parametrized): Tensor | undefined {
  const weights = parameters.weights.get(layer.name);
  if (weights === undefined) return undefined;
  const { params, grid, dims } = weights;
  const codes = weightCodes(weights.data, weights, params, { grid, rounding: scheme.target.rounding });
  const zero = params[0].zeroPoint;
  if (zero !== 0) for (let i = 0; i < codes.length; i++) codes[i] -= zero;
  return keptWith<Tensor>(weights, { type: 'float32', dims, data: codes });
}

function worst(
  layer: Layer,
  weights: Tensor | undefined,
  bias: IntegerBias | undefined,
  { model, parameters }: Parametrized,
): number {
  const largest = layer.activations.map((name) => largestCode(parameters.grids.get(name)!));
  if (weights !== undefined)
    return worstAccumulator(
      weights.data as Float32Array,
      { dims: weights.dims, axis: layer.weight!.axis },
      largest[0],
      bias?.codes,
    );
  // A product of two activations sums over the last dimension of the first one; 1 stands for an unknown length.
  const length = model.tensors.get(layer.activations[0])?.dims?.at(-1) ?? 1;
  return length * largest[0] * largest[1];
}

/** Largest |q − zero point| on a grid. */
function largestCode({ zeroPoint, grid: { qmin, qmax } }: ActivationParameters): number {
  return Math.max(zeroPoint - qmin, qmax - zeroPoint);
}
