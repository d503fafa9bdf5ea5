import type { QuantParams } from '../numerics/grid.ts';
import {
  cutOf,
  type HtpGeneration,
  type Narrowed,
  narrowed,
  VECTOR_FACTOR_BITS,
  withSignificantBits,
} from '../numerics/htp.ts';
import { round } from '../numerics/rounding.ts';
import type { Tensor } from '../numerics/tensor.ts';
import { attributeOf, intAttribute } from '../onnx/graph.ts';
import { keptWith } from '../onnx/kept-weights.ts';
import type { IntegerBias } from './bias.ts';
import { sumBias } from './htp-bias.ts';
import type { Layer } from './layer.ts';
import { type OutputChannels, outputChannels } from './output-channels.ts';
import { eachPhase, type Phases, phasesOf, withPhases } from './phases.ts';

/**
 * HTP's way from the sum of products to the output's codes less their zero point: with a the sum and what is added,
 * floor(floor(a / cut) · factor + raised), every value one per output channel or a single one; where there are phases, one
 * per channel and phase.
 */
export interface HtpSteps {
  /** What is multiplied with, in 8 signed bits and the weight's own layout; undefined for two activations. */
  readonly weights: Tensor | undefined;
  /** Added to the sum. */
  readonly added: Float32Array;
  /** The inverse of what the sum is cut to; undefined where it is not cut. */
  readonly perCut: Float32Array | undefined;
  readonly factors: Float32Array;
  readonly raised: Float32Array;
  /** Of a transposed convolution whose phases have steps of their own. */
  readonly phases: Phases | undefined;
  /** Real units of a weight per unit of what is multiplied with, in scales of the weight; 1 where it fits as it is. */
  readonly ratios: readonly number[];
  /** What the factor is of the one that it stands for, next to 1. */
  readonly gains: readonly number[];
  /** 16-bit activations are multiplied a byte at a time; undefined for those of 8 bits. */
  readonly bytes: HtpBytes | undefined;
}

/** The sum is that of the upper bytes, and of the lower bytes' the part above 8 bits. */
export interface HtpBytes {
  /** Zero point of the activation. */
  readonly zeroPoint: number;
  /** Added to the sum of the lower bytes. */
  readonly added: Float32Array;
}

export interface HtpOperands {
  readonly layer: Layer;
  /** Weights less their zero point. */
  readonly weights: Tensor | undefined;
  readonly bias: Pick<IntegerBias, 'codes' | 'scales'> | undefined;
  /** Real units per unit of the sum: one per output channel or a single one. */
  readonly products: readonly number[];
  readonly input: QuantParams;
  readonly output: QuantParams;
  /** The output's height, width and so on; undefined where they are not known. */
  readonly size: readonly number[] | undefined;
  /** Of input and output. */
  readonly bits: 8 | 16;
}

/**
 * How HTP computes a layer.
 *
 * @returns undefined for what it is not known for: weights without output channels, products of 16-bit activations
 */
export function htpSteps(operands: HtpOperands, generation: HtpGeneration): HtpSteps | undefined {
  const { layer, weights, bits } = operands;
  const channels = weights && outputChannels(layer, weights.dims);
  if (weights !== undefined && channels === undefined) return undefined;
  if (channels !== undefined && isStridedDepthwise(layer, weights!.dims, generation))
    return vectorSteps(operands, channels);
  if (bits === 16) return channels && wideSteps(operands, channels, generation);
  const phases = channels && narrowedPhases(operands);
  return phases === undefined
    ? matrixSteps(operands, channels, generation)
    : matrixSteps(overPhases(operands, phases.count), withPhases(channels!, phases), generation, phases);
}

/** The phases of a layer that has weights beyond 8 signed bits. */
function narrowedPhases({ layer, weights, size }: HtpOperands): Phases | undefined {
  const isBeyond = weights!.data.some((weight) => Number(weight) < -128 || Number(weight) > 127);
  return isBeyond ? phasesOf(layer, weights!.dims, size) : undefined;
}

function overPhases(operands: HtpOperands, count: number): HtpOperands {
  const { products, bias } = operands;
  const each = (values: ArrayLike<number>) =>
    values.length === 1 ? Array.from(values) : eachPhase(values, count);
  return {
    ...operands,
    products: each(products),
    bias: bias && {
      codes: Int32Array.from(each(bias.codes)),
      scales: Float32Array.from(each(bias.scales)),
    },
  };
}

function matrixSteps(
  operands: HtpOperands,
  channels: OutputChannels | undefined,
  generation: HtpGeneration,
  phases?: Phases,
): HtpSteps {
  const { weights } = operands;
  const { narrow, perStep } = narrowedChannels(operands, channels);
  const { zeroPoint } = operands.output;
  const inverses = perStep.map((s) => withSignificantBits(1 / s, generation.factorBits));
  const factors = inverses.map((inverse, c) => cutOf(perStep[c]) * inverse);
  const first = generation.zeroPointFirst;
  const bias = sumBias(operands.bias, narrow);
  return {
    weights: narrow && narrowedWeights(weights!, channels!, narrow),
    added: Float32Array.from(perStep, (s, c) =>
      first ? round(bias.exact(c) + zeroPoint * s, 'half-to-even') : bias.cut(c),
    ),
    perCut: Float32Array.from(perStep, (s) => 1 / cutOf(s)),
    factors: Float32Array.from(factors),
    raised: Float32Array.from(factors, (factor) => (first ? 0.5 - zeroPoint : 0.5 + factor / 2)),
    phases,
    ratios: ratiosOf(narrow),
    gains: inverses
      .map((inverse, c) => inverse * perStep[c])
      .filter((_, c) => c % (phases?.count ?? 1) === 0),
    bytes: undefined,
  };
}

/**
 * A depthwise convolution with strides of two is not one of matrices: exact sums, and a factor of 15 bits. Nothing is
 * rounded where a step of the output has less than two units: the fraction is cut. Where a side of the kernel is below three
 * it gives the nearest codes.
 */
function vectorSteps(operands: HtpOperands, channels: OutputChannels): HtpSteps {
  const { weights, output } = operands;
  const perStep = stepsOf(operands, channels.count);
  const bias = sumBias(operands.bias, undefined);
  const isNarrow = weights!.dims.slice(2).some((side) => side < 3);
  const bits = isNarrow ? FLOAT32_BITS : VECTOR_FACTOR_BITS;
  const factors = perStep.map((s) => withSignificantBits(1 / s, bits));
  const zero = (s: number) => (isNarrow ? 0 : round(output.zeroPoint * s, 'half-to-even'));
  const raised = (s: number) => (s < 2 ? 0 : 0.5) - output.zeroPoint;
  return {
    weights,
    added: Float32Array.from(perStep, (s, c) => bias.exact(c) + zero(s)),
    perCut: undefined,
    factors: Float32Array.from(factors),
    raised: Float32Array.from(perStep, (s) => (isNarrow ? 0.5 : raised(s))),
    phases: undefined,
    ratios: ratiosOf(undefined),
    gains: factors.map((factor, c) => factor * perStep[c]),
    bytes: undefined,
  };
}

function wideSteps(operands: HtpOperands, channels: OutputChannels, generation: HtpGeneration): HtpSteps {
  const { narrow, perStep } = narrowedChannels(operands, channels);
  const weights = narrowedWeights(operands.weights!, channels, narrow!);
  const sums = new Float64Array(channels.count);
  weights.data.forEach((weight, i) => {
    sums[channels.channelOf(i)] += Number(weight);
  });
  const { zeroPoint } = operands.input;
  const { zeroPointFirst: first } = generation;
  const bias = sumBias(operands.bias, narrow);
  const upper = (s: number, c: number) =>
    first ? Math.floor((operands.output.zeroPoint * s + bias.exact(c)) / 256) : Math.trunc(bias.cut(c) / 256);
  // The zero point of the input is taken off the sums of unsigned bytes as one number, of which halves go down.
  const correction = (sum: number) => -Math.floor((zeroPoint * sum) / 256 + 0.5);
  const factors = perStep.map((s) => withSignificantBits(256 / s, generation.wideFactorBits));
  return {
    weights,
    added: Float32Array.from(
      perStep,
      (s, c) => upper(s, c) + correction(sums[c]) + Math.floor(zeroPoint / 256) * sums[c],
    ),
    perCut: undefined,
    factors: Float32Array.from(factors),
    raised: Float32Array.of(first ? 0.5 - operands.output.zeroPoint : 0.5),
    phases: undefined,
    ratios: ratiosOf(narrow),
    gains: factors.map((factor, c) => (factor * perStep[c]) / 256),
    bytes: { zeroPoint, added: Float32Array.from(sums, (sum) => (zeroPoint % 256) * sum) },
  };
}

/** Every output channel by itself: how its weights are narrowed, and units of its sum per step of the output. */
function narrowedChannels(operands: HtpOperands, channels: OutputChannels | undefined) {
  if (channels === undefined) return { narrow: undefined, perStep: stepsOf(operands, 1) };
  const least = new Float64Array(channels.count);
  const most = new Float64Array(channels.count);
  const weights = operands.weights!.data as Float32Array;
  for (let i = 0; i < weights.length; i++) {
    const c = channels.channelOf(i);
    least[c] = Math.min(least[c], weights[i]);
    most[c] = Math.max(most[c], weights[i]);
  }
  const narrow = Array.from(least, (low, c) => narrowed(low, most[c]));
  return { narrow, perStep: stepsOf(operands, channels.count).map((s, c) => s / narrow[c].ratio) };
}

function stepsOf({ products, output }: HtpOperands, count: number): number[] {
  return Array.from({ length: count }, (_, c) => output.scale / products[products.length === 1 ? 0 : c]);
}

const ratiosOf = (narrow: readonly Narrowed[] | undefined) => narrow?.map(({ ratio }) => ratio) ?? [1];

function narrowedWeights(weights: Tensor, channels: OutputChannels, narrow: readonly Narrowed[]): Tensor {
  const { dims, data } = weights;
  const integers = new Float32Array(data.length);
  for (let i = 0; i < data.length; i++)
    integers[i] = narrow[channels.channelOf(i)].narrow((data as Float32Array)[i]);
  return keptWith<Tensor>(weights, { type: 'float32', dims, data: integers });
}

/** A side of the kernel from which on strides of two are the matrix unit's. */
const LONG_SIDE = 8;
const FLOAT32_BITS = 24;

function isStridedDepthwise(
  { op, node }: Layer,
  [count, perGroup, ...kernel]: readonly number[],
  { smallestAsMatrix }: HtpGeneration,
): boolean {
  const strides = (attributeOf(node, 'strides')?.ints ?? []).map(Number);
  if (smallestAsMatrix && kernel.every((side) => side === 2)) return false;
  return (
    op === 'Conv' &&
    count > 1 &&
    perGroup === 1 &&
    intAttribute(node, 'group', 1) === count &&
    strides.length === 2 &&
    strides.every((stride) => stride === 2) &&
    kernel.some((size) => size > 1) &&
    kernel.every((side) => side < LONG_SIDE)
  );
}
