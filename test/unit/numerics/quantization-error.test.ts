import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  asymmetricGrid,
  e4m3Grid,
  fakeQuantize,
  type Grid,
  type QuantParams,
  quantParams,
  symmetricGrid,
} from '../../../src/numerics/grid.ts';
import { createHistogram } from '../../../src/numerics/histogram.ts';
import { quantizationError } from '../../../src/numerics/quantization-error.ts';
import { histogramOf, sample } from './samples.ts';

/** Mean squares of the values themselves. */
function trueError(data: Float32Array, params: QuantParams, grid: Grid) {
  const out = new Float32Array(data.length);
  fakeQuantize(data, out, params, { grid, rounding: 'half-to-even' });
  const sums = { round: 0, clip: 0, signal: 0 };
  data.forEach((x, i) => {
    sums[x < params.alpha || x > params.beta ? 'clip' : 'round'] += (x - out[i]) ** 2;
    sums.signal += x * x;
  });
  return {
    round: sums.round / data.length,
    clip: sums.clip / data.length,
    signal: sums.signal / data.length,
  };
}

const int8 = symmetricGrid(8, { restricted: true });
const uint8 = asymmetricGrid(8, false);
const uint4 = asymmetricGrid(4, false);

describe('quantizationError', () => {
  it.each([
    ['Gauss, clipped', int8, { alpha: -2, beta: 2 }, sample(1e5, ({ gauss }) => gauss())],
    ['Laplace, off centre', uint8, { alpha: -1, beta: 4 }, sample(1e5, ({ laplace }) => laplace() + 0.5)],
    [
      'one value far out',
      int8,
      { alpha: -5, beta: 5 },
      sample(1e5, ({ gauss }, i) => (i === 3 ? 50 : gauss())),
    ],
    [
      'a step narrower than a bin',
      int8,
      { alpha: -0.4, beta: 0.4 },
      sample(1e5, ({ gauss }, i) => (i === 3 ? 500 : gauss() / 9)),
    ],
    ['numbers of E4M3', e4m3Grid, { alpha: -4.2, beta: 4.2 }, sample(1e5, ({ gauss }) => gauss())],
    ['clipped numbers of E4M3', e4m3Grid, { alpha: -2, beta: 2 }, sample(1e5, ({ laplace }) => laplace())],
    [
      'subnormal numbers of E4M3',
      e4m3Grid,
      { alpha: -9000, beta: 9000 },
      sample(1e5, ({ gauss }) => gauss() / 9),
    ],
    ['zeros of a ReLU', uint4, { alpha: 0, beta: 3 }, sample(1e5, ({ gauss }) => Math.max(0, gauss() - 1))],
    [
      'saturation of a ReLU6',
      uint8,
      { alpha: 0, beta: 6 },
      sample(1e5, ({ gauss }) => Math.min(6, Math.max(0, 5 + gauss()))),
    ],
  ])('is the error of the values: %s', (_, grid, range, data) => {
    const params = quantParams(range, grid);
    const estimated = quantizationError(histogramOf(data), params, grid);
    const exact = trueError(data, params, grid);
    const mse = exact.round + exact.clip;
    expect(estimated.signal / exact.signal).toBeCloseTo(1, 2);
    expect((estimated.round + estimated.clip) / mse).toBeCloseTo(1, 1);
    expect(Math.abs(estimated.clip - exact.clip)).toBeLessThan(0.02 * mse);
  });

  it('is exact for zeros and extremes', () => {
    const h = histogramOf(Float32Array.of(0, 0, 0, 5));
    const params = quantParams({ alpha: 0, beta: 255 }, uint8);
    expect(quantizationError(h, params, uint8)).toEqual({ round: 0, clip: 0, signal: 25 / 4 });
    const narrow = quantParams({ alpha: 0, beta: 255 / 64 }, uint8);
    expect(quantizationError(h, narrow, uint8)).toEqual({
      round: 0,
      clip: (5 - 255 / 64) ** 2 / 4,
      signal: 25 / 4,
    });
  });

  it('clips nothing inside the range and rounds by half a step at most', () => {
    fc.assert(
      fc.property(fc.float32Array({ noNaN: true, min: -100, max: 100, minLength: 1 }), (data) => {
        const h = histogramOf(data);
        const grid = asymmetricGrid(6, true);
        const params = quantParams({ alpha: -200, beta: 200 }, grid);
        const { round, clip } = quantizationError(h, params, grid);
        expect(clip).toBe(0);
        expect(round).toBeLessThanOrEqual((params.scale / 2) ** 2 * (1 + 1e-9));
      }),
    );
  });

  it('is nothing for nothing', () => {
    expect(quantizationError(createHistogram(), quantParams({ alpha: 0, beta: 1 }, uint8), uint8)).toEqual({
      round: 0,
      clip: 0,
      signal: 0,
    });
  });
});
