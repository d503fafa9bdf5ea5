import { describe, expect, it } from 'vitest';
import { e4m3Grid, fakeQuantize, quantParams } from '../../../../src/numerics/grid.ts';
import { mse } from '../../../../src/numerics/ranges/mse.ts';
import { histogramOf, type Source, sample } from '../samples.ts';

/** Mean squared error of the values themselves on E4M3 over [−reach, reach]. */
function errorOf(data: Float32Array, reach: number): number {
  const out = new Float32Array(data.length);
  const params = quantParams({ alpha: -reach, beta: reach }, e4m3Grid);
  fakeQuantize(data, out, params, { grid: e4m3Grid, rounding: 'half-to-even' });
  return data.reduce((sum, x, i) => sum + (x - out[i]) ** 2, 0) / data.length;
}

/** The least error of four hundred scales, of which none is chosen from a histogram. */
function exhaustive(data: Float32Array): number {
  const greatest = data.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
  const reaches = Array.from({ length: 400 }, (_, i) => (2 * greatest * (i + 1)) / 400);
  return Math.min(...reaches.map((reach) => errorOf(data, reach)));
}

const densities: [string, (source: Source, i: number) => number][] = [
  ['Gauss', ({ gauss }) => gauss()],
  ['heavy tails', ({ t3 }) => t3()],
  ['behind a ReLU', ({ gauss }) => Math.max(gauss(), 0)],
  ['saturation', ({ gauss }) => Math.min(Math.max(3 * gauss(), 0), 6)],
  ['two modes', ({ gauss }, i) => (i % 2 ? 1 : -3) + gauss() / 50],
];

describe('the range of least mean squared error on E4M3', () => {
  it.each(densities)('is within 3 %% of the best of four hundred: %s', (_, draw) => {
    const data = sample(5000, draw);
    const { alpha, beta } = mse.range(histogramOf(data), e4m3Grid);
    expect(errorOf(data, Math.max(-alpha, beta))).toBeLessThan(exhaustive(data) * 1.03);
  });

  it('is what was observed where all of it lies on numbers of E4M3', () => {
    const data = Float32Array.from({ length: 64 }, (_, i) => [1, -1.5, 7, 0][i % 4]);
    expect(mse.range(histogramOf(data), e4m3Grid)).toEqual({ alpha: -1.5, beta: 7 });
  });
});
