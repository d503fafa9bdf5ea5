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

  it('are those of the centres of the bins, zeros at zero', () => {
    // Bins are 2 wide: [−6, −4), [0, 2), [200, 202) and [4100, 4102).
    const h = histogramOf(Float32Array.of(-4.5, 0, 0, 0.5, 201, 201, 4100));
    const centres = [-5, 0, 0, 1, 201, 201, 4101];
    const average = (of: (x: number) => number, over = centres) =>
      over.reduce((sum, x) => sum + of(x), 0) / over.length;
    const mean = average((x) => x);
    const all = moments(h);
    expect(all.count).toBe(7);
    expect(all.mean).toBeCloseTo(mean, 9);
    expect(all.meanAbsoluteDeviation).toBeCloseTo(
      average((x) => Math.abs(x - mean)),
      9,
    );
    expect(all.standardDeviation).toBeCloseTo(Math.sqrt(average((x) => (x - mean) ** 2)), 9);
    expect(all.rootMeanSquare).toBeCloseTo(Math.sqrt(average((x) => x * x)), 9);

    const positive = centres.filter((x) => x > 0);
    const positiveMean = average((x) => x, positive);
    const above = positiveMoments(h);
    expect(above.count).toBe(4);
    expect(above.mean).toBeCloseTo(positiveMean, 9);
    expect(above.meanAbsoluteDeviation).toBeCloseTo(
      average((x) => Math.abs(x - positiveMean), positive),
      9,
    );
    expect(above.standardDeviation).toBeCloseTo(
      Math.sqrt(average((x) => (x - positiveMean) ** 2, positive)),
      9,
    );
    expect(above.rootMeanSquare).toBeCloseTo(Math.sqrt(average((x) => x * x, positive)), 9);
  });

  it('of zeros are zero, of negatives alone no positive ones', () => {
    const none = { count: 0, mean: 0, meanAbsoluteDeviation: 0, standardDeviation: 0, rootMeanSquare: 0 };
    expect(moments(histogramOf(new Float32Array(3)))).toEqual({ ...none, count: 3 });
    expect(positiveMoments(histogramOf(Float32Array.of(-1, -2, 0)))).toEqual(none);
  });
});
