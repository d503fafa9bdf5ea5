import { binWidth, type Histogram } from '../histogram.ts';
import { magnitudes } from '../magnitudes.ts';
import { minMax } from './min-max.ts';
import type { RangeMethod } from './range-method.ts';

const KL_BINS = 2048;

/**
 * TensorRT's entropy calibration (Migacz, "8-bit inference with TensorRT", GTC 2017). |x| is put into 2048 bins up
 * to the largest magnitude. Each candidate i keeps i bins: P is those with all that is clipped added to the last,
 * Q the same bins without that, averaged within each of the levels over the bins that are not empty. The
 * threshold is (i + 0.5) bins for the i of least KL(P‖Q), the last of equals.
 *
 * There are 2^(bits−1) levels and candidates from there on, so 128 at 8 bits; from 12 bits on no candidate is
 * left and nothing is clipped. Exact zeros are not counted, as in ncnn, for the grid represents them anyway. A
 * weakness of the method is kept: without values near zero (two far modes, say) it may clip almost everything, for
 * a P and a Q that hold all in the last bin are equal.
 *
 * TensorRT has no asymmetric grids. There, data of one sign use the grid's 2^bits levels, and data of both signs
 * are treated as in the symmetric case; either way the result is cut to what was observed.
 */
export const kl: RangeMethod = {
  fitsAll: true,
  countsIntegers: true,
  range(h, grid) {
    const observed = minMax.range(h, grid);
    const absMax = Math.max(-observed.alpha, observed.beta);
    if (absMax === 0) return observed;
    const oneSided = observed.alpha >= 0 || observed.beta <= 0;
    const levels = 2 ** (oneSided && !grid.symmetric ? grid.bits : grid.bits - 1);
    const bins = magnitudeBins(h, absMax);
    const threshold = Math.min(((leastDivergence(bins, levels) + 0.5) / KL_BINS) * absMax, absMax);
    if (grid.symmetric) return { alpha: -threshold, beta: threshold };
    const within = (x: number) => Math.min(Math.max(x, observed.alpha), observed.beta);
    return { alpha: within(-threshold), beta: within(threshold) };
  },
};

/** |x| without zeros in 2048 bins over (0, absMax]; values of a finer bin that straddles two are shared out. */
function magnitudeBins(h: Histogram, absMax: number): Float64Array {
  const fine = magnitudes(h);
  fine[0] -= h.zeros;
  const bins = new Float64Array(KL_BINS);
  const ratio = (binWidth(h) * KL_BINS) / absMax;
  for (let i = 0; i < fine.length; i++) {
    if (fine[i] === 0) continue;
    // A fine bin is at most as wide as a coarse one, so it touches two of them at most.
    const start = Math.min(i * ratio, KL_BINS - 1);
    const end = Math.min((i + 1) * ratio, KL_BINS);
    const bin = Math.floor(start);
    const beyond = Math.max(0, end - (bin + 1)) / (end - start);
    bins[bin] += fine[i] * (1 - beyond);
    if (beyond > 0) bins[bin + 1] += fine[i] * beyond;
  }
  return bins;
}

/** The number of bins to keep; all of them if there is no candidate. */
function leastDivergence(bins: Float64Array, levels: number): number {
  const sums = new Float64Array(KL_BINS + 1);
  const occupied = new Float64Array(KL_BINS + 1);
  const selfInformation = new Float64Array(KL_BINS + 1);
  for (let i = 0; i < KL_BINS; i++) {
    const n = bins[i];
    sums[i + 1] = sums[i] + n;
    occupied[i + 1] = occupied[i] + (n > 0 ? 1 : 0);
    selfInformation[i + 1] = selfInformation[i] + (n > 0 ? n * Math.log(n) : 0);
  }
  const total = sums[KL_BINS];
  let best = KL_BINS;
  let least = Infinity;
  for (let kept = levels; kept < KL_BINS; kept++) {
    const clipped = total - sums[kept];
    const lastBin = bins[kept - 1];
    // P has mass where Q has none: infinitely far apart.
    if (lastBin === 0 && clipped > 0) continue;
    const last = lastBin + clipped;
    const ownInformation = selfInformation[kept - 1] + (last > 0 ? last * Math.log(last) : 0);
    // Σ p·ln(p/q) with p = P/total and q = Q/kept mass, whose two constants are taken out of the sum.
    const cross = crossInformation(sums, occupied, kept, levels, clipped);
    const divergence = (ownInformation - cross) / total - Math.log(total) + Math.log(sums[kept]);
    if (divergence <= least) {
      least = divergence;
      best = kept;
    }
  }
  return best;
}

/** Σ P·ln Q over the levels: bin b is in level floor(b·levels / kept). */
function crossInformation(
  sums: Float64Array,
  occupied: Float64Array,
  kept: number,
  levels: number,
  clipped: number,
): number {
  let cross = 0;
  let start = 0;
  for (let level = 1; level <= levels; level++) {
    const end = Math.ceil((level * kept) / levels);
    const mass = sums[end] - sums[start];
    const filled = occupied[end] - occupied[start];
    const weight = level === levels ? mass + clipped : mass;
    if (filled > 0) cross += weight * Math.log(mass / filled);
    start = end;
  }
  return cross;
}
