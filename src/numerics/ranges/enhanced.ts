import { type Grid, quantParams, type Range } from '../grid.ts';
import type { Histogram } from '../histogram.ts';
import { quantizationError } from '../quantization-error.ts';
import { minMax } from './min-max.ts';
import type { RangeMethod } from './range-method.ts';

/** How much worse clipping is held to be than rounding. */
const CLIP_WEIGHT = 3;

const ASYMMETRIC_STEPS = 16;
const ASYMMETRIC_OFFSETS = 20;
const SYMMETRIC_STEPS = 100;

/** The greatest float32: 1 % more than the observed range may not fit. */
const GREATEST_FLOAT = (2 - 2 ** -23) * 2 ** 127;

/**
 * The "enhanced" quantizer of SNPE and QNN, as AIMET publishes it (TfEnhancedEncodingAnalyzer.cpp): of a fixed set of
 * ranges the one with the least round error + 3 · clip error. Asymmetric grids try 17 steps, 1/16 to 17/16 of the
 * observed one, at 21 places each, cut to what was observed, and the observed range itself; symmetric ones 101 steps.
 * The first of equals wins. AIMET sums over 512 bins, here the error is integrated over the calibration's own.
 */
export const enhanced: RangeMethod = {
  fitsAll: false,
  range(h, grid) {
    const observed = minMax.range(h, grid);
    const low = Math.min(observed.alpha, 0);
    const high = Math.max(observed.beta, 0);
    if (low === high) return observed;
    const candidates = grid.symmetric ? symmetric(low, high) : asymmetric(low, high, grid);
    let best = { range: candidates[0], cost: Infinity };
    for (const range of candidates) {
      const cost = costOf(h, range, grid);
      if (cost < best.cost) best = { range, cost };
    }
    return best.range;
  },
};

function costOf(h: Histogram, range: Range, grid: Grid): number {
  const { round, clip } = quantizationError(h, quantParams(range, grid), grid);
  return round + CLIP_WEIGHT * clip;
}

function symmetric(low: number, high: number): Range[] {
  const absMax = Math.max(-low, high);
  return Array.from({ length: SYMMETRIC_STEPS + 1 }, (_, i) => {
    const beta = Math.min((absMax * (i + 1)) / SYMMETRIC_STEPS, GREATEST_FLOAT);
    return { alpha: -beta, beta };
  });
}

function asymmetric(low: number, high: number, { qmin, qmax }: Grid): Range[] {
  const steps = qmax - qmin;
  const found: Range[] = [{ alpha: low, beta: high }];
  for (let i = 1; i <= ASYMMETRIC_STEPS + 1; i++) {
    const delta = (((high - low) / steps) * i) / ASYMMETRIC_STEPS;
    for (let j = 0; j <= ASYMMETRIC_OFFSETS; j++) {
      const offset = -steps + Math.floor((steps * j) / ASYMMETRIC_OFFSETS);
      const alpha = Math.max(low, delta * offset);
      const beta = Math.min(high, delta * (offset + steps));
      if (alpha < beta) found.push({ alpha, beta });
    }
  }
  return found;
}
