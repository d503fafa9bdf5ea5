import { describe, expect, it } from 'vitest';
import { UserError } from '../../../src/errors.ts';
import { psnr } from '../../../src/metrics/psnr.ts';
import { mseMetric } from '../../../src/metrics/squared-error.ts';
import { top1 } from '../../../src/metrics/top1.ts';
import { judgeFloor } from '../../../src/verdict/accuracy-floor.ts';
import { parseMinAccuracy } from '../../../src/verdict/budget.ts';
import { wilsonInterval } from '../../../src/verdict/statistics/wilson.ts';

const right = (n: number, of: number) => Array.from({ length: of }, (_, i) => (i < n ? 1 : 0));

describe('a floor under the accuracy', () => {
  it.each([
    [
      960,
      'pass',
      'above min-accuracy: the quantized model has 96.00 % [94.60 %, 97.05 %], min-accuracy is 90.00 %',
    ],
    [
      800,
      'fail',
      'below min-accuracy: the quantized model has 80.00 % [77.41 %, 82.36 %], min-accuracy is 90.00 %',
    ],
    [
      905,
      'inconclusive',
      'around min-accuracy: the quantized model has 90.50 % [88.52 %, 92.17 %], min-accuracy is 90.00 %; more samples would decide',
    ],
  ])('with %i of 1000 right: %s', (n, verdict, reason) => {
    expect(judgeFloor(top1, right(n, 1000), 0.9, 0.95)).toMatchObject({ verdict, reasons: [reason] });
  });

  it('is held against other metrics by their own spread, and not by a few samples', () => {
    const decibels = Array.from({ length: 50 }, (_, i) => 30 + (i % 5));
    expect(judgeFloor(psnr, decibels, 31, 0.95).verdict).toBe('pass');
    expect(judgeFloor(psnr, decibels, 33, 0.95).verdict).toBe('fail');
    const few = judgeFloor(psnr, decibels.slice(0, 4), 20, 0.95);
    expect(few).toMatchObject({ verdict: 'inconclusive' });
    expect(few.reasons[0]).toMatch(/; 4 samples are too few$/);
  });

  it('is not reached by samples that do not vary, which do not show how many others would', () => {
    const equal = new Array(10).fill(0.9);
    const ious = { ...psnr, name: 'iou', unit: 'fraction' as const };
    expect(judgeFloor(ious, equal, 0.9, 0.95).verdict).toBe('inconclusive');
    expect(judgeFloor(top1, right(50, 50), 1, 0.95).reasons[0]).toMatch(
      /; no number of samples shows that it is not less$/,
    );
  });

  it('is read as people write it, and refused where it means nothing', () => {
    expect(parseMinAccuracy('90%', top1)).toBe(0.9);
    expect(parseMinAccuracy(0.9, top1)).toBe(0.9);
    expect(parseMinAccuracy('31.5', psnr)).toBe(31.5);
    for (const [value, metric, why] of [
      ['90%', psnr, /in % needs a metric that is a fraction/],
      [90, top1, /min-accuracy 90 is no value of top1: write 90% or 0\.9/],
      [1, mseMetric, /less is better of mse: leave it out/],
      ['much', top1, /min-accuracy "much" is not a number/],
    ] as const) {
      expect(() => parseMinAccuracy(value, metric)).toThrow(UserError);
      expect(() => parseMinAccuracy(value, metric)).toThrow(why);
    }
  });
});

describe('Wilson’s interval', () => {
  // Golden numbers: SciPy 1.17, binomtest(…).proportion_ci(method='wilson').
  it.each([
    [90, 100, 0.95, 0.8256343384950865, 0.9447708629393249],
    [0, 10, 0.95, 0, 0.27753279986288926],
    [10, 10, 0.99, 0.6011459066950919, 1],
  ])('of %i of %i at %f', (successes, n, confidence, low, high) => {
    const interval = wilsonInterval(successes, n, confidence);
    expect(interval[0]).toBeCloseTo(low, 12);
    expect(interval[1]).toBeCloseTo(high, 12);
  });
});
