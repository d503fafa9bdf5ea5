import type { Grid, QuantParams } from '../numerics/grid.ts';
import { quantParams } from '../numerics/grid.ts';
import type { Histogram } from '../numerics/histogram.ts';
import { quantizationError } from '../numerics/quantization-error.ts';
import { mse } from '../numerics/ranges/mse.ts';

/** One bit is worth 20·log10(2) dB. */
const DB_PER_BIT = 20 * Math.log10(2);

/** How well a range uses the bits of its grid on the values of a tensor. */
export interface BitUse {
  /** SQNR in dB / 6.0206; the power of the signal is taken about zero. */
  readonly effectiveBits: number;
  /** How many more the best range on the same grid would have; never negative. */
  readonly bitsLost: number;
  /** Share of the noise power that comes from clipping; the rest is rounding. */
  readonly clipShare: number;
}

/**
 * Effective bits of a quantized tensor, and how many its range wastes beside an exhaustive search on the same
 * histogram and grid. Undefined for a tensor without signal or without noise, where neither has a meaning.
 */
export function bitUse(histogram: Histogram, params: QuantParams, grid: Grid): BitUse | undefined {
  const used = quantizationError(histogram, params, grid);
  const noise = used.round + used.clip;
  if (used.signal === 0 || noise === 0) return undefined;
  const best = quantizationError(histogram, quantParams(mse.range(histogram, grid), grid), grid);
  const least = Math.min(noise, best.round + best.clip);
  const bits = (power: number) => (10 * Math.log10(used.signal / power)) / DB_PER_BIT;
  const bitsLost = least > 0 ? bits(least) - bits(noise) : 0;
  return { effectiveBits: bits(noise), bitsLost, clipShare: used.clip / noise };
}
