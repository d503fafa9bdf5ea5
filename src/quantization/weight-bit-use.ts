import { channelRanges, partRanges, quantizeWeights } from '../numerics/channels.ts';
import { fakeQuantize, type QuantParams, quantParams, type Range } from '../numerics/grid.ts';
import { createHistogram, observe } from '../numerics/histogram.ts';
import { type Channels, eachStretch } from '../numerics/parts.ts';
import { mse } from '../numerics/ranges/mse.ts';
import type { Rounding } from '../numerics/rounding.ts';
import { type BitUse, bitsOf, spanOf } from './bit-use.ts';
import type { WeightParameters } from './parameters.ts';

/**
 * What the channels of a weight keep of the bits of one scale for the tensor: N + log2(r/R), where r is the range
 * that the channel would have alone and R the tensor's (precision r/R of Data-Free Quantization, arXiv 1906.04721, §3).
 */
export interface ChannelPrecision {
  /** Channels that are not all zeros. */
  readonly channels: number;
  readonly leastBits: number;
  readonly medianBits: number;
  /** Channels that keep fewer than 4 bits. */
  readonly under4Bits: number;
}

export interface WeightBitUse extends BitUse {
  /** Only with one scale for the whole tensor. */
  readonly channelPrecision: ChannelPrecision | undefined;
}

/**
 * Bit use of a quantized weight, from its own values. The best is the exhaustive search on the histogram for a whole
 * tensor, and on the values of each channel otherwise. Undefined for a weight without signal or without noise.
 *
 * @param channelAxis the axis that counts output channels, also where the tensor has one scale; null for a vector
 */
export function weightBitUse(
  values: Float32Array,
  weights: WeightParameters,
  channelAxis: number | null,
  rounding: Rounding,
): WeightBitUse | undefined {
  const { grid, axis, params, data, dims } = weights;
  const signal = squares(values);
  const noise = squaredDistance(values, data);
  if (signal === 0 || noise === 0) return undefined;
  const best =
    axis === null
      ? bestOfTensor(values, grid, rounding)
      : quantizeWeights(values, weights, { grid, rounding }, 'mse');
  const ranges = partRanges(values, weights);
  const clip = outside(values, weights, params);
  return {
    ...bitsOf({ signal, noise, best: squaredDistance(values, best.data) }, grid.bits),
    clipShare: Math.min(clip.squares / noise, 1),
    span: Math.max(...ranges.map((range, channel) => spanOf(range, params[channel], grid))),
    observed: rangeOf(ranges),
    clipped: clip.share,
    beyondBest: outside(values, weights, best.params).share,
    channelPrecision:
      // A floating-point code keeps as many bits of a narrow channel as of a wide one.
      axis === null && channelAxis !== null && grid.float === undefined
        ? channelPrecision(channelRanges(values, dims, channelAxis), grid.bits)
        : undefined,
  };
}

/** Channel precision from the ranges of the channels; undefined where all are zeros. */
export function channelPrecision(channels: readonly Range[], bits: number): ChannelPrecision | undefined {
  const widthOf = ({ alpha, beta }: Range) => Math.max(beta, 0) - Math.min(alpha, 0);
  const widths = channels.map(widthOf).filter((width) => width > 0);
  if (widths.length === 0) return undefined;
  const whole = widthOf(rangeOf(channels));
  const kept = widths.map((width) => Math.max(bits + Math.log2(width / whole), 0)).sort((a, b) => a - b);
  return {
    channels: kept.length,
    leastBits: kept[0],
    medianBits: kept[Math.floor((kept.length - 1) / 2)],
    under4Bits: kept.filter((each) => each < 4).length,
  };
}

function bestOfTensor(values: Float32Array, grid: WeightParameters['grid'], rounding: Rounding) {
  const { alpha, beta } = rangeOf(channelRanges(values, [values.length], null));
  const histogram = createHistogram();
  observe(histogram, values, alpha, beta);
  const params = quantParams(mse.range(histogram, grid), grid);
  const data = new Float32Array(values.length);
  fakeQuantize(values, data, params, { grid, rounding });
  return { data, params: [params] };
}

function rangeOf(ranges: readonly Range[]): Range {
  return ranges.reduce((a, b) => ({ alpha: Math.min(a.alpha, b.alpha), beta: Math.max(a.beta, b.beta) }));
}

function squares(values: Float32Array): number {
  let sum = 0;
  for (const value of values) sum += value * value;
  return sum;
}

function squaredDistance(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] - b[i]) ** 2;
  return sum;
}

/** How many values their grid clips, and the squared error of that. */
function outside(
  values: Float32Array,
  channels: Channels,
  params: readonly QuantParams[],
): { readonly share: number; readonly squares: number } {
  let count = 0;
  let sum = 0;
  eachStretch(channels, values.length, (part, start, end) => {
    const { alpha, beta, scale } = params[part];
    for (let i = start; i < end; i++) {
      const beyond = Math.max(alpha - values[i], values[i] - beta);
      // The last bit of a rounded scale clips no value in earnest.
      if (beyond <= scale * 1e-3) continue;
      count++;
      sum += beyond ** 2;
    }
  });
  return { share: count / values.length, squares: sum };
}
