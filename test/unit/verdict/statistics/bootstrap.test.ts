import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mean } from '../../../../src/numerics/mean.ts';
import {
  aggregateInterval,
  aggregateResamples,
  fewestSamples,
  meanInterval,
} from '../../../../src/verdict/statistics/bootstrap.ts';
import { expandedZ } from '../../../../src/verdict/statistics/student.ts';

const differences = fc.array(fc.double({ min: -10, max: 10, noNaN: true }), { minLength: 6, maxLength: 40 });
const few = { numRuns: 25 };

describe('bootstrap interval of a mean', () => {
  it('has no width if all differences are equal', () => {
    expect(meanInterval([0, 0, 0], 0.95)).toEqual([0, 0]);
    expect(meanInterval([0.1, 0.1, 0.1], 0.95)).toEqual([0.1, 0.1]);
  });

  it('is near the t interval for symmetric differences', () => {
    const symmetric = Array.from({ length: 40 }, (_, i) => (i - 19.5) / 10);
    const half = (2.0227 * Math.sqrt(mean(symmetric.map((d) => d * d)) * (40 / 39))) / Math.sqrt(40);
    const [low, high] = meanInterval(symmetric, 0.95);
    expect(high / half).toBeCloseTo(1, 1);
    expect(low / half).toBeCloseTo(-1, 1);
  });

  it('reaches further to the side of a long tail', () => {
    const skewed = [...Array<number>(38).fill(0), 5, 10];
    const [low, high] = meanInterval(skewed, 0.95);
    expect(high - mean(skewed)).toBeGreaterThan(1.5 * (mean(skewed) - low));
  });

  // scipy.stats.bootstrap (SciPy 1.17) with method='BCa' and 400,000 resamples, at the level of the expanded z. Its
  // percentile intervals are 0.03 and 0.08 off.
  it.each([
    [0.8, 0.7698, 1.2878],
    [0.95, 0.6674, 1.49],
  ])('of 25 skewed differences is that of another BCa implementation at %d', (confidence, low, high) => {
    const exponential = Array.from({ length: 25 }, (_, i) => -Math.log(1 - (i + 0.5) / 25));
    const interval = meanInterval(exponential, confidence);
    expect(Math.abs(interval[0] - low)).toBeLessThan(0.015);
    expect(Math.abs(interval[1] - high)).toBeLessThan(0.015);
  });

  it('moves with the differences', () => {
    const symmetric = Array.from({ length: 20 }, (_, i) => i - 9.5);
    const [low, high] = meanInterval(symmetric, 0.95);
    const moved = meanInterval(
      symmetric.map((d) => d + 100),
      0.95,
    );
    expect(moved[0]).toBeCloseTo(low + 100, 9);
    expect(moved[1]).toBeCloseTo(high + 100, 9);
  });

  it('is finite where the cubes of the differences are not', () => {
    const tiny = [1, 2, 3, 4, 5, 7, 9, 12];
    const [low, high] = meanInterval(tiny, 0.95);
    for (const scale of [2 ** -400, 2 ** 400]) {
      const scaled = tiny.map((d) => d * scale);
      expect(meanInterval(scaled, 0.95)).toEqual([low * scale, high * scale]);
    }
  });

  it('is the same every time, and mirrored when the models change sides', () => {
    fc.assert(
      fc.property(differences, (values) => {
        const [low, high] = meanInterval(values, 0.95);
        expect(meanInterval(values, 0.95)).toEqual([low, high]);
        const mirrored = meanInterval(
          values.map((d) => -d),
          0.95,
        );
        expect(mirrored[0]).toBeCloseTo(-high, 6);
        expect(mirrored[1]).toBeCloseTo(-low, 6);
      }),
      few,
    );
  });

  it('lies between the smallest and the largest difference', () => {
    fc.assert(
      fc.property(differences, (values) => {
        const [low, high] = meanInterval(values, 0.95);
        expect(low).toBeLessThanOrEqual(high);
        expect(low).toBeGreaterThanOrEqual(Math.min(...values) - 1e-9);
        expect(high).toBeLessThanOrEqual(Math.max(...values) + 1e-9);
      }),
      few,
    );
  });
});

describe('bootstrap interval of any aggregate', () => {
  const values = Array.from({ length: 50 }, (_, i) => Math.sin(i));
  const meanOf = (indices: Uint32Array) => mean(Array.from(indices, (i) => values[i]));

  it('agrees with that of the mean when it is one', () => {
    const drop = mean(values);
    const [low, high] = aggregateInterval(50, drop, aggregateResamples(50, meanOf), 0.95)!;
    const expected = meanInterval(values, 0.95);
    expect(low).toBeCloseTo(expected[0], 1);
    expect(high).toBeCloseTo(expected[1], 1);
    expect((low + high) / 2).toBeCloseTo(drop, 12);
  });

  it('is the standard error of the resamples times the expanded z to both sides', () => {
    // 500 resamples of 7 and 9: their variance is 500/499.
    const values = Array.from({ length: 500 }, (_, i) => 8 + (-1) ** i);
    const [low, high] = aggregateInterval(50, 8.5, values, 0.95)!;
    const half = expandedZ(0.95, 50) * Math.sqrt(500 / 499);
    expect(low).toBeCloseTo(8.5 - half, 12);
    expect(high).toBeCloseTo(8.5 + half, 12);
  });

  it('needs the aggregate on half of the resamples', () => {
    const firstAre = (defined: number) => {
      let call = 0;
      return (indices: Uint32Array) => (call++ < defined ? meanOf(indices) : Number.NaN);
    };
    expect(aggregateInterval(50, 0, aggregateResamples(50, firstAre(250)), 0.95)).not.toBeNull();
    expect(aggregateInterval(50, 0, aggregateResamples(50, firstAre(249)), 0.95)).toBeNull();
  });

  it('leaves out resamples where the aggregate is undefined, and gives up if most are', () => {
    let call = 0;
    const every = (period: number) => (indices: Uint32Array) =>
      call++ % period === 0 ? Number.NaN : meanOf(indices);
    expect(aggregateInterval(50, 0, aggregateResamples(50, every(4)), 0.95)).not.toBeNull();
    expect(aggregateInterval(50, 0, Array(500).fill(Number.NaN), 0.95)).toBeNull();
  });
});

it('five samples all on one side are no evidence at 0.95, six are', () => {
  expect(fewestSamples(0.95)).toBe(6);
  expect(fewestSamples(0.5)).toBe(2);
});
