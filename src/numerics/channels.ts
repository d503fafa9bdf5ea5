import {
  dequantizeValue,
  fakeQuantize,
  type QuantParams,
  quantizeValue,
  quantParams,
  type Range,
  type RoundedGrid,
} from './grid.ts';
import { type Channels, cut, eachStretch, joined, layout } from './parts.ts';

/** How the range of a weight channel is chosen: its extreme values, or the least squared error. */
export type WeightRange = 'max' | 'mse';

export interface QuantizedWeights {
  /** Dequantized weights, in the layout of the input. */
  readonly data: Float32Array;
  /** One per part, in the order of `partsOf`. */
  readonly params: readonly QuantParams[];
}

/** Least and greatest value of each channel along `axis` (of the whole tensor for null); [0, 0] when empty. */
export function channelRanges(data: Float32Array, dims: readonly number[], axis: number | null): Range[] {
  return channelsOf(data, dims, axis).map(rangeOf);
}

/** Least and greatest value of each part of a tensor. */
export function partRanges(data: Float32Array, channels: Channels): Range[] {
  return (
    channels.blocks === undefined ? channelsOf(data, channels.dims, channels.axis) : cut(data, channels)
  ).map(rangeOf);
}

/**
 * Weights as the target sees them, with a scale per channel or one for the tensor.
 * @throws UserError when a channel holds NaN or an infinity
 */
export function quantizeWeights(
  data: Float32Array,
  channels: Channels,
  onto: RoundedGrid,
  method: WeightRange,
): QuantizedWeights {
  const { dims, axis, blocks } = channels;
  const params: QuantParams[] = [];
  const taken = blocks === undefined ? channelsOf(data, dims, axis) : cut(data, channels);
  const parts = taken.map((values) => {
    const range = rangeOf(values);
    const chosen = method === 'max' ? quantParams(range, onto.grid) : leastErrorParams(values, range, onto);
    params.push(chosen);
    fakeQuantize(values, values, chosen, onto);
    return values;
  });
  return { data: blocks === undefined ? joinChannels(parts, dims, axis) : joined(parts, channels), params };
}

/** The codes that a chip stores for weights with the given parameters, in the layout of the input: exact in float32. */
export function weightCodes(
  data: Float32Array,
  channels: Channels,
  params: readonly QuantParams[],
  { grid, rounding }: RoundedGrid,
): Float32Array {
  const codes = new Float32Array(data.length);
  eachStretch(channels, data.length, (part, start, end) => {
    const own = params[part];
    for (let i = start; i < end; i++) codes[i] = quantizeValue(data[i], own, grid, rounding);
  });
  return codes;
}

/** The real values of `weightCodes`. */
export function dequantizeWeights(
  codes: ArrayLike<number>,
  channels: Channels,
  params: readonly Pick<QuantParams, 'scale' | 'zeroPoint'>[],
): Float32Array {
  const data = new Float32Array(codes.length);
  eachStretch(channels, data.length, (part, start, end) => {
    const own = params[part];
    for (let i = start; i < end; i++) data[i] = dequantizeValue(codes[i], own);
  });
  return data;
}

function rangeOf(values: Float32Array): Range {
  let alpha = 0;
  let beta = 0;
  if (values.length > 0) alpha = beta = values[0];
  for (const value of values) {
    // Math.min and Math.max, unlike comparisons, let a NaN through to quantParams, which refuses it.
    alpha = Math.min(alpha, value);
    beta = Math.max(beta, value);
  }
  return { alpha, beta };
}

const LEAST_CLIP_RATIO = 0.2;
const COARSE_STEP = 0.02;
const FINE_STEP = 0.0025;

/**
 * The parameters of least squared error among the channel's own range shrunk by a ratio from 1 down to 0.2:
 * steps of 0.02, then of 0.0025 around the best. The error is the true one of the values, in float64.
 */
function leastErrorParams(values: Float32Array, range: Range, onto: RoundedGrid): QuantParams {
  const { grid } = onto;
  const scratch = new Float32Array(values.length);
  let best = { ratio: 1, error: Infinity, params: quantParams(range, grid) };
  /** False where clipping alone is no better than the best, as it then is for every smaller ratio. */
  const attempt = (ratio: number) => {
    const params = quantParams({ alpha: range.alpha * ratio, beta: range.beta * ratio }, grid);
    if (squaredClip(values, params, best.error) >= best.error) return false;
    fakeQuantize(values, scratch, params, onto);
    const error = squaredDistance(values, scratch, best.error);
    if (error < best.error) best = { ratio, error, params };
    return true;
  };
  for (let ratio = 1; ratio > LEAST_CLIP_RATIO && attempt(ratio); ) ratio -= COARSE_STEP;
  const coarse = best.ratio;
  for (let offset = FINE_STEP; offset < COARSE_STEP; offset += FINE_STEP) {
    attempt(coarse - offset);
    if (coarse + offset <= 1) attempt(coarse + offset);
  }
  return best.params;
}

/** Sum of squared distances of the values beyond the grid, given up as soon as it reaches `limit`. */
function squaredClip(values: Float32Array, { alpha, beta }: QuantParams, limit: number): number {
  let sum = 0;
  for (let i = 0; i < values.length && sum < limit; i++) {
    const beyond = Math.max(alpha - values[i], values[i] - beta, 0);
    sum += beyond * beyond;
  }
  return sum;
}

/** Sum of squared differences, given up as soon as it reaches `limit`. */
function squaredDistance(a: Float32Array, b: Float32Array, limit: number): number {
  let sum = 0;
  for (let i = 0; i < a.length && sum < limit; i++) sum += (a[i] - b[i]) ** 2;
  return sum;
}

/** A copy of each channel's values, contiguous. */
function channelsOf(data: Float32Array, dims: readonly number[], axis: number | null): Float32Array[] {
  const { outer, channels, inner } = layout(dims, axis);
  return Array.from({ length: channels }, (_, channel) => {
    const values = new Float32Array(outer * inner);
    for (let o = 0, k = 0; o < outer; o++) {
      const start = (o * channels + channel) * inner;
      for (let i = start; i < start + inner; i++) values[k++] = data[i];
    }
    return values;
  });
}

function joinChannels(
  parts: readonly Float32Array[],
  dims: readonly number[],
  axis: number | null,
): Float32Array {
  const { outer, channels, inner } = layout(dims, axis);
  const data = new Float32Array(outer * channels * inner);
  parts.forEach((values, channel) => {
    for (let o = 0, k = 0; o < outer; o++) {
      const start = (o * channels + channel) * inner;
      for (let i = start; i < start + inner; i++) data[i] = values[k++];
    }
  });
  return data;
}
