import { describe, expect, it } from 'vitest';
import { asymmetricGrid, symmetricGrid } from '../../../../src/numerics/grid.ts';
import { aciq, gaussRatio, laplaceRatio } from '../../../../src/numerics/ranges/aciq.ts';
import { histogramOf, sample } from '../samples.ts';

const uint8 = asymmetricGrid(8, false);

describe('ACIQ', () => {
  it.each([
    [2, 2.83068, 1.71064],
    [3, 3.89723, 2.15159],
    [4, 5.02864, 2.55914],
    [5, 6.20477, 2.9362],
    [6, 7.41313, 3.28691],
    [7, 8.64562, 3.61511],
    [8, 9.89676, 3.92403],
    [9, 11.16269, 4.21633],
  ])('has the published ratios at %d bits', (bits, laplace, gauss) => {
    expect(laplaceRatio(3 * 4 ** bits)).toBeCloseTo(laplace, 5);
    expect(gaussRatio(3 * 4 ** bits)).toBeCloseTo(gauss, 4);
  });

  // Golden numbers: mpmath 1.4 with 60 digits (lambertw, erfc and findroot), rounded to the nearest double.
  it.each([
    [2, 2.8306829893702337, 1.7106351681140437],
    [4, 5.028640136236213, 2.5591364619753367],
    [8, 9.896759770017528, 3.924035489880782],
    [9, 11.162685017743998, 4.216329825704023],
    [12, 15.024464765264185, 5.0132104657013015],
    [16, 20.2701716385439, 5.938248084612073],
    [17, 21.593236296475386, 6.150937832464889],
  ])('has the ratios of least error to all digits at %d bits', (bits, laplace, gauss) => {
    expect(laplaceRatio(3 * 4 ** bits) / laplace).toBeCloseTo(1, 12);
    expect(gaussRatio(3 * 4 ** bits) / gauss).toBeCloseTo(1, 12);
  });

  it('tells Laplace from Gauss', () => {
    const grid = symmetricGrid(4, { restricted: true });
    const laplace = aciq.range(histogramOf(sample(2e5, (s) => 2 * s.laplace())), grid);
    const gauss = aciq.range(histogramOf(sample(2e5, (s) => 3 * s.gauss())), grid);
    expect(laplace.beta / 2).toBeCloseTo(5.03, 1);
    expect(gauss.beta / 3).toBeCloseTo(2.56, 1);
    expect(gauss.alpha / 3).toBeCloseTo(-2.56, 1);
  });

  it('fits half a density to the values above zero alone', () => {
    const dense = sample(2e5, (s) => Math.abs(s.gauss()));
    const sparse = dense.map((x, i) => (i % 4 === 0 ? x : 0));
    for (const data of [dense, sparse]) {
      const { alpha, beta } = aciq.range(histogramOf(data), asymmetricGrid(4, false));
      expect(alpha).toBe(0);
      expect(beta).toBeCloseTo(2.936, 1);
    }
    expect(aciq.range(histogramOf(dense.map((x) => -x)), asymmetricGrid(4, false)).alpha).toBeCloseTo(
      -2.936,
      1,
    );
  });

  it('stays within what was observed', () => {
    expect(aciq.range(histogramOf(Float32Array.of(0.5, 1)), uint8)).toEqual({ alpha: 0, beta: 1 });
    expect(aciq.range(histogramOf(new Float32Array(3)), uint8)).toEqual({ alpha: 0, beta: 0 });
  });

  it('reaches from the mean by the ratio of its density, as far as values go', () => {
    // Bins are 1 wide and values lie at their centres. One far out makes σ large beside E|x − µ|: a Laplace density.
    const values = Array.from({ length: 1000 }, (_, i) => (i === 0 ? -3999.5 : i % 2 ? -9.5 : 30.5));
    const mean = values.reduce((sum, x) => sum + x, 0) / 1000;
    const deviation = values.reduce((sum, x) => sum + Math.abs(x - mean), 0) / 1000;
    const { alpha, beta } = aciq.range(histogramOf(Float32Array.from(values)), asymmetricGrid(4, false));
    expect(alpha).toBeCloseTo(mean - 5.02864 * deviation, 2);
    expect(beta).toBe(30.5);
  });

  it('spends all levels of an asymmetric grid on values of one sign, and half of a symmetric one', () => {
    // Values close together lie far from zero, as a Gauss density tells: the published ratios are for 5 and 4 bits.
    const values = Array.from({ length: 400 }, (_, i) => 2048.5 + (i % 40));
    const rms = Math.sqrt(values.reduce((sum, x) => sum + x * x, 0) / values.length);
    const observed = (sign: 1 | -1) => histogramOf(Float32Array.from([0, ...values], (x) => sign * x));
    const above = { ...observed(1), max: 1e6 };
    expect(aciq.range(above, asymmetricGrid(4, false)).beta / rms).toBeCloseTo(2.9362, 4);
    expect(aciq.range(above, symmetricGrid(4, { restricted: true })).beta / rms).toBeCloseTo(2.55914, 4);
    const below = aciq.range({ ...observed(-1), min: -1e6 }, asymmetricGrid(4, false));
    expect(below.alpha / rms).toBeCloseTo(-2.9362, 4);
    expect(below.beta).toBe(0);
  });

  it('keeps one-sided values within what was observed', () => {
    expect(aciq.range(histogramOf(Float32Array.of(-1, -0.5)), uint8)).toEqual({ alpha: -1, beta: 0 });
    expect(aciq.range(histogramOf(Float32Array.of(-1, 0)), uint8)).toEqual({ alpha: -1, beta: 0 });
    expect(aciq.range(histogramOf(Float32Array.of(-1, 1)), uint8)).toEqual({ alpha: -1, beta: 1 });
  });
});
