import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BINS, ZERO_BIN } from '../../../../src/numerics/bins.ts';
import { asymmetricGrid, type Grid, symmetricGrid } from '../../../../src/numerics/grid.ts';
import type { Histogram } from '../../../../src/numerics/histogram.ts';
import { kl } from '../../../../src/numerics/ranges/kl.ts';
import { histogramOf, sample } from '../samples.ts';

const int8 = symmetricGrid(8, { restricted: true });
const uint8 = asymmetricGrid(8, false);
const COARSE = 2048;

/** How many bins a range keeps, from (i + 0.5) / 2048 of the largest magnitude. */
const keptBy = (beta: number, absMax: number) => Math.round((beta / absMax) * COARSE - 0.5);

/** Values with these counts in bins of width 1 from zero on, and one value at `absMax`. */
function counted(counts: readonly number[], absMax = COARSE): Histogram {
  const all = new Float64Array(BINS);
  for (const [i, n] of counts.entries()) all[ZERO_BIN + i] = n;
  all[ZERO_BIN + absMax] += 1;
  const total = all.reduce((sum, n) => sum + n, 0);
  return { level: 0, counts: all, zeros: 0, total, slices: 1, min: 0, max: absMax };
}

/** The bins of width 1 as 2048 up to `absMax`, each count spread evenly over its bin. */
function coarse(h: Histogram, absMax: number): number[] {
  const bins = new Array<number>(COARSE).fill(0);
  const ratio = COARSE / absMax;
  for (let i = 0; i < absMax; i++) {
    const [start, end] = [i * ratio, (i + 1) * ratio];
    for (let bin = Math.floor(start); bin < end && bin < COARSE; bin++) {
      const overlap = Math.min(end, bin + 1) - Math.max(start, bin);
      bins[bin] += (h.counts[ZERO_BIN + i] * overlap) / ratio;
    }
  }
  bins[COARSE - 1] += h.counts[ZERO_BIN + absMax];
  return bins;
}

/** KL(P‖Q) of a candidate as the method is written down: both as densities, level by level. */
function divergence(bins: readonly number[], kept: number, levels: number): number {
  const reference = bins.slice(0, kept);
  const quantized = new Array<number>(kept).fill(0);
  const level = (i: number) => Math.floor((i * levels) / kept);
  for (let from = 0; from < kept; ) {
    let to = from;
    while (to < kept && level(to) === level(from)) to++;
    const filled = reference.slice(from, to).filter((n) => n > 0);
    const average = filled.reduce((sum, n) => sum + n, 0) / filled.length;
    for (let i = from; i < to; i++) if (reference[i] > 0) quantized[i] = average;
    from = to;
  }
  reference[kept - 1] += bins.slice(kept).reduce((sum, n) => sum + n, 0);
  const [p, q] = [reference, quantized].map((counts) => counts.reduce((sum, n) => sum + n, 0)) as [
    number,
    number,
  ];
  return reference.reduce(
    (sum, n, i) => (n === 0 ? sum : sum + (n / p) * Math.log(n / p / (quantized[i] / q))),
    0,
  );
}

describe('kl', () => {
  const decay = fc.record({
    scale: fc.integer({ min: 150, max: 1500 }),
    noise: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 50, maxLength: 400 }),
    absMax: fc.constantFrom(COARSE, 3000, 4095),
  });

  it.each<[string, Grid, number]>([
    ['128 levels of a symmetric grid', int8, 128],
    ['256 levels of an asymmetric grid for data of one sign', uint8, 256],
    ['8 levels of 4 bits', symmetricGrid(4, { restricted: true }), 8],
  ])('keeps the bins of least divergence: %s', (_, grid, levels) => {
    fc.assert(
      fc.property(decay, ({ scale, noise, absMax }) => {
        const counts = Array.from({ length: COARSE - 1 }, (_, i) =>
          Math.floor(1000 * Math.exp(-i / scale) * (0.5 + noise[i % noise.length])),
        );
        const h = counted(counts, absMax);
        const bins = coarse(h, absMax);
        const kept = keptBy(kl.range(h, grid).beta, absMax);
        const of = Array.from({ length: COARSE - levels }, (_, i) => divergence(bins, levels + i, levels));
        expect(of[kept - levels]).toBeCloseTo(Math.min(...of), 10);
      }),
      { numRuns: 3, endOnFailure: true },
    );
  });

  it('treats data of both signs on an asymmetric grid as on a symmetric one, cut to what was observed', () => {
    const data = sample(50_000, (s) => Math.max(-1, s.laplace()));
    const { beta } = kl.range(histogramOf(data), int8);
    expect(beta).toBeLessThan(Math.max(...data));
    expect(kl.range(histogramOf(data), uint8)).toEqual({ alpha: -1, beta });
    const mirrored = kl.range(histogramOf(data.map((x) => -x)), uint8);
    expect(mirrored.alpha).toBeCloseTo(-beta, 1);
    expect(mirrored.beta).toBe(1);
  });

  it('uses all levels of an asymmetric grid for data of one sign, whichever it is', () => {
    const data = sample(50_000, (s, i) => (i === 0 ? 0 : Math.abs(s.laplace())));
    const { alpha, beta } = kl.range(histogramOf(data), uint8);
    expect(alpha).toBe(0);
    expect(kl.range(histogramOf(data), symmetricGrid(9, { restricted: true }))).toEqual({
      alpha: -beta,
      beta,
    });
    const mirrored = kl.range(histogramOf(data.map((x) => -x)), uint8);
    expect(mirrored.alpha).toBeCloseTo(-beta, 1);
    expect(mirrored.beta).toBe(0);
  });

  it('takes the last of equal candidates', () => {
    const h = counted([0, 0, 8]);
    h.counts[ZERO_BIN + COARSE] = 0;
    expect(keptBy(kl.range(h, int8).beta, COARSE)).toBe(COARSE - 1);
  });

  it('clips almost everything without values near zero, as the method does', () => {
    const far = new Array<number>(COARSE).fill(0).fill(7, 1000, COARSE - 1);
    expect(keptBy(kl.range(counted(far), int8).beta, COARSE)).toBe(1001);
  });

  it('clips nothing when every candidate cuts where no value is', () => {
    expect(kl.range(counted(new Array(COARSE).fill(0).fill(9, 0, 20)), int8)).toEqual({
      alpha: -COARSE,
      beta: COARSE,
    });
  });

  it('cuts a long tail at 8 bits, and keeps a uniform density whole', () => {
    const tail = histogramOf(sample(1e5, (s, i) => (i === 5 ? 40 : s.gauss())));
    expect(kl.range(tail, int8).beta).toBeLessThan(8);
    expect(kl.range(tail, int8).beta).toBeGreaterThan(3);
    expect(kl.range(histogramOf(sample(1e5, (s) => 2 * s.uniform() - 1)), int8).beta).toBeGreaterThan(0.98);
  });

  it('does not count zeros', () => {
    const positive = sample(50_000, (s) => Math.abs(s.laplace()));
    const relu = Float32Array.from({ length: 200_000 }, (_, i) => positive[i] ?? 0);
    expect(kl.range(histogramOf(relu), uint8)).toEqual({
      alpha: 0,
      beta: kl.range(histogramOf(positive), uint8).beta,
    });
  });

  it('clips nothing when there are as many levels as bins', () => {
    const data = sample(10_000, (s) => s.laplace());
    const { beta } = kl.range(histogramOf(data), symmetricGrid(16, { restricted: true }));
    expect(beta).toBe(Math.max(...data.map(Math.abs)));
  });
});
