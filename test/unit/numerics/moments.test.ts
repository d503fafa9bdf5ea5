import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createHistogram } from '../../../src/numerics/histogram.ts';
import { moments, positiveMoments } from '../../../src/numerics/moments.ts';
import { histogramOf, sample } from './samples.ts';

describe('moments', () => {
  it('are those of the density', () => {
    const gauss = moments(histogramOf(sample(2e5, (s) => 3 + 2 * s.gauss())));
    expect(gauss.mean).toBeCloseTo(3, 1);
    expect(gauss.standardDeviation).toBeCloseTo(2, 1);
    expect(gauss.meanAbsoluteDeviation).toBeCloseTo(2 * Math.sqrt(2 / Math.PI), 1);
    expect(gauss.rootMeanSquare).toBeCloseTo(Math.sqrt(13), 1);
  });

  it('are off by 1/4096 of the largest magnitude at most', () => {
    fc.assert(
      fc.property(fc.float32Array({ noNaN: true, min: -50, max: 50, minLength: 1 }), (data) => {
        const mean = data.reduce((sum, x) => sum + x, 0) / data.length;
        const absMax = Math.max(...data.map(Math.abs));
        expect(Math.abs(moments(histogramOf(data)).mean - mean)).toBeLessThanOrEqual(
          (absMax / 4096) * (1 + 1e-9),
        );
      }),
    );
  });

  it('of the positives leave out zeros and negatives', () => {
    const h = histogramOf(Float32Array.of(-9, 0, 0, 2, 4));
    expect(positiveMoments(h).count).toBe(2);
    expect(positiveMoments(h).mean).toBeCloseTo(3, 1);
  });

  it('of nothing are zero', () => {
    expect(moments(createHistogram())).toMatchObject({ count: 0, mean: 0, standardDeviation: 0 });
  });
});
