import { describe, expect, it } from 'vitest';
import { BINS, ZERO_BIN } from '../../../../src/numerics/bins.ts';
import {
  asymmetricGrid,
  fakeQuantize,
  type Grid,
  quantParams,
  type Range,
  symmetricGrid,
} from '../../../../src/numerics/grid.ts';
import { type Histogram, levelFor } from '../../../../src/numerics/histogram.ts';
import { quantizationError } from '../../../../src/numerics/quantization-error.ts';
import { mse } from '../../../../src/numerics/ranges/mse.ts';
import { extremes, histogramOf, sample } from '../samples.ts';

const decibels = (ratio: number) => 10 * Math.log10(ratio);

function meanSquaredError(data: Float32Array, range: Range, grid: Grid): number {
  const out = new Float32Array(data.length);
  fakeQuantize(data, out, quantParams(range, grid), { grid, rounding: 'half-to-even' });
  return data.reduce((sum, x, i) => sum + (x - out[i]) ** 2, 0) / data.length;
}

/** The least true error among many ranges: thresholds on a symmetric grid, pairs of ends on an asymmetric one. */
function bruteForce(data: Float32Array, grid: Grid, ratios: number): number {
  const { min, max } = extremes(data);
  const shares = Array.from({ length: ratios }, (_, i) => (1.2 * (i + 1)) / ratios);
  const absMax = Math.max(-min, max);
  const ranges = grid.symmetric
    ? shares.map((t) => ({ alpha: -t * absMax, beta: t * absMax }))
    : shares.flatMap((a) => shares.map((b) => ({ alpha: Math.min(0, a * min), beta: Math.max(0, b * max) })));
  return Math.min(...ranges.map((range) => meanSquaredError(data, range, grid)));
}

const shapes: [string, Float32Array][] = (
  [
    ['Gauss', (s) => s.gauss()],
    ['Laplace', (s) => s.laplace()],
    ['t with 3 degrees', (s) => s.t3()],
    ['half Gauss', (s) => Math.abs(s.gauss())],
    ['Gauss and one value at 50 sigma', (s, i) => (i === 7 ? 50 : s.gauss())],
    ['ReLU with many zeros', (s) => Math.max(0, s.gauss() - 1)],
    ['two modes', (s) => (s.uniform() < 0.5 ? 3 : -2) + 0.3 * s.gauss()],
    [
      'three clusters',
      (s) => [0.1 * s.gauss(), 2 + 0.05 * s.gauss(), -4 + 0.2 * s.gauss()][Math.floor(2.999 * s.uniform())],
    ],
    ['sigmoid', (s) => 1 / (1 + Math.exp(-4 * s.gauss()))],
  ] as [string, Parameters<typeof sample>[1]][]
).map(([name, draw]) => [name, sample(4000, draw)]);

/** The histogram of a density over (−16, 16), or over its positive half. */
function densityHistogram(density: (x: number) => number, half: boolean): Histogram {
  const level = levelFor(15);
  const first = half ? ZERO_BIN : 0;
  const counts = Float64Array.from({ length: BINS }, (_, bin) =>
    bin < first ? 0 : 1 + Math.round(1e12 * density((bin - ZERO_BIN + 0.5) * 2 ** level)),
  );
  const total = counts.reduce((sum, n) => sum + n, 0);
  return { level, counts, zeros: 0, total, slices: 1, min: half ? 0 : -15.999, max: 15.999 };
}

const laplace = (x: number) => Math.exp(-2 * Math.abs(x));
const gauss = (x: number) => Math.exp((-x * x) / 2);

describe('the range of least mean squared error', () => {
  it.each(shapes)('is the true best at 8 bits, symmetric: %s', (_, data) => {
    const grid = symmetricGrid(8, { restricted: false });
    const found = meanSquaredError(data, mse.range(histogramOf(data), grid), grid);
    expect(decibels(found / bruteForce(data, grid, 1200))).toBeLessThan(0.05);
  });

  it.each(shapes)('is the true best at 4 bits, asymmetric: %s', (_, data) => {
    const grid = asymmetricGrid(4, false);
    const found = meanSquaredError(data, mse.range(histogramOf(data), grid), grid);
    expect(decibels(found / bruteForce(data, grid, 50))).toBeLessThan(0.05);
  });

  it.each([
    ['Laplace', 35.18, symmetricGrid(8, { restricted: true }), densityHistogram(laplace, false)],
    ['Gauss', 40.54, symmetricGrid(8, { restricted: true }), densityHistogram(gauss, false)],
    ['half Laplace', 40.27, asymmetricGrid(8, false), densityHistogram(laplace, true)],
    ['half Gauss', 46.02, asymmetricGrid(8, false), densityHistogram(gauss, true)],
  ])('reaches what theory says of %s: %d dB', (_, expected, grid, h) => {
    const { round, clip, signal } = quantizationError(h, quantParams(mse.range(h, grid), grid), grid);
    expect(Math.abs(decibels(signal / (round + clip)) - expected)).toBeLessThan(0.03);
  });

  it('keeps the exact extremes when clipping gains next to nothing', () => {
    const pixels = sample(10_000, (s) => Math.floor(256 * (s.uniform() - 1e-7)) / 255);
    expect(mse.range(histogramOf(pixels), asymmetricGrid(8, false))).toEqual({ alpha: 0, beta: 1 });
  });

  it('uses the lowest code of a grid that has it', () => {
    const data = sample(10_000, (s) => -Math.round(128 * s.uniform()) / 128);
    const errorOn = (grid: Grid) => meanSquaredError(data, mse.range(histogramOf(data), grid), grid);
    const restricted = errorOn(symmetricGrid(8, { restricted: true }));
    expect(errorOn(symmetricGrid(8, { restricted: false }))).toBeLessThan(restricted / 2);
  });

  it('lays the lowest code of such a grid on the least value where that clips nothing', () => {
    // Steps of 1/128 instead of 1/127 are 0.068 dB better for evenly spread values.
    const data = Float32Array.from({ length: 10_001 }, (_, i) => (1.5 * i) / 10_000 - 1);
    const found = mse.range(histogramOf(data), symmetricGrid(8, { restricted: false }));
    expect(found).toEqual({ alpha: -127 / 128, beta: 127 / 128 });
  });

  it('reaches as far on either side of a symmetric grid where it clips', () => {
    const data = sample(4000, (s) => s.laplace());
    const { alpha, beta } = mse.range(histogramOf(data), symmetricGrid(4, { restricted: true }));
    expect(alpha).toBe(-beta);
    // The Laplace density's own threshold, 5.03 (ACIQ).
    expect(Math.abs(beta - 5.03)).toBeLessThan(1);
  });

  it.each([10, 12, 16])('is no worse than the extremes at %d bits', (bits) => {
    const data = sample(10_000, (s) => s.laplace());
    for (const grid of [symmetricGrid(bits, { restricted: false }), asymmetricGrid(bits, false)]) {
      const { min, max } = extremes(data);
      const found = meanSquaredError(data, mse.range(histogramOf(data), grid), grid);
      expect(decibels(found / meanSquaredError(data, { alpha: min, beta: max }, grid))).toBeLessThan(0.05);
    }
  });
});
