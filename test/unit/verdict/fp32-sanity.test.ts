import { describe, expect, it } from 'vitest';
import type { OutputSummary } from '../../../src/evaluation/output-summary.ts';
import { agreement } from '../../../src/metrics/agreement.ts';
import { mae } from '../../../src/metrics/mae.ts';
import type { Metric } from '../../../src/metrics/metric.ts';
import { top1 } from '../../../src/metrics/top1.ts';
import { top5 } from '../../../src/metrics/top5.ts';
import { fp32Problem } from '../../../src/verdict/fp32-sanity.ts';
import { binomialTail } from '../../../src/verdict/statistics/binomial.ts';

/** Outputs that say something: predictions spread evenly, and labels too. */
const outputs = (
  samples: number,
  classes: number | null,
  changes: Partial<OutputSummary> = {},
): OutputSummary => ({
  samples,
  classes,
  isConstant: false,
  isLabelConstant: false,
  commonest: Math.ceil(samples / (classes ?? 4)),
  labelledSo: Math.ceil(samples / (classes ?? 4)),
  ...changes,
});
const isIll = (metric: Metric, value: number, summary: OutputSummary) =>
  fp32Problem(metric, value, summary) !== undefined;

describe('the tail of a binomial', () => {
  it('is the sum of its terms', () => {
    expect(binomialTail(0, 10, 0.2)).toBeCloseTo(0.8 ** 10, 15);
    expect(binomialTail(3, 10, 0.5)).toBeCloseTo(176 / 1024, 15);
    expect(binomialTail(10, 10, 0.3)).toBe(1);
    expect(binomialTail(-1, 10, 0.3)).toBe(0);
    // The sum in exact fractions.
    expect(binomialTail(80, 900, 1 / 6) / 1.040111528626465e-11).toBeCloseTo(1, 9);
    expect(binomialTail(50_000, 100_000, 0.5)).toBeCloseTo(0.5013, 3);
  });
});

describe('FP32 that is as right as a guess', () => {
  it('is an error that says so, and asks for what is likely', () => {
    expect(fp32Problem(top1, 80 / 900, outputs(900, 12))).toBe(
      'FP32 itself is at chance: top1 8.89 % of 900 samples in 12 classes; is `preprocess` right?',
    );
  });

  it.each<[string, Metric, number, number, number, boolean]>([
    ['a tenth of ten classes', top1, 0.1, 500, 10, true],
    ['a fifth of ten classes, as far as so many samples say', top1, 0.19, 500, 10, false],
    ['more than twice a guess', top1, 0.21, 10_000, 10, false],
    ['one of 400 samples of 1,000 classes', top1, 1 / 400, 400, 1000, true],
    ['a tenth of 1,000 classes', top1, 0.1, 400, 1000, false],
    ['two of 20 samples of ten classes', top1, 0.1, 20, 10, false],
    ['half of two classes', top1, 0.5, 200, 2, true],
    ['55 % of two classes, few samples', top1, 0.55, 40, 2, false],
    ['65 % of two classes, many samples', top1, 0.65, 1000, 2, false],
    ['next to none of two classes', top1, 0.05, 200, 2, true],
    ['five of a hundred classes within the first five', top5, 0.05, 400, 100, true],
    ['half of six classes within the first five', top5, 0.5, 100, 6, true],
    ['nearly all of six classes within the first five', top5, 0.99, 1000, 6, false],
  ])('%s', (_, metric, value, samples, classes, expected) => {
    expect(isIll(metric, value, outputs(samples, classes))).toBe(expected);
  });

  it('is never one of so few samples that they may be bad luck', () => {
    for (let classes = 2; classes <= 1000; classes++)
      for (let samples = 1; samples <= 19; samples++)
        expect(isIll(top1, 0, outputs(samples, classes)), `${samples} of ${classes}`).toBe(false);
  });

  it('calls a model that is right twice as often as a guess, and in a tenth of the cases, ill in less than one of a thousand sets', () => {
    for (const classes of [2, 3, 5, 12, 40])
      for (const samples of [10, 30, 100, 1000]) {
        const truth = Math.min(Math.max(2 / classes, 0.1), (1 + 1 / classes) / 2);
        const ill = Array.from({ length: samples + 1 }, (_, right) => right).filter((right) =>
          isIll(top1, right / samples, outputs(samples, classes)),
        );
        const worst = Math.max(-1, ...ill);
        expect(worst < 0 ? 0 : binomialTail(worst, samples, truth), `${samples} of ${classes}`).toBeLessThan(
          0.001,
        );
      }
  });
});

describe('FP32 that says one class', () => {
  const one = (
    samples: number,
    labelledSo: number | null,
    commonest = samples,
    classes: number | null = 12,
  ) => outputs(samples, classes, { commonest, labelledSo });

  it('is an error where the labels are others', () => {
    expect(fp32Problem(top1, 0.6, one(300, 30, 294))).toBe(
      'FP32 itself says one class for 98 % of 300 samples, which 10 % of the labels are; is `preprocess` right?',
    );
    expect(isIll(top1, 0.6, one(300, 30, 290, null))).toBe(true);
  });

  it.each<[string, OutputSummary, boolean]>([
    ['labels of that class alone', one(300, 300), false],
    ['labels most of which are that class', one(300, 260), false],
    ['a class that is said for fewer', one(300, 30, 270), false],
    ['few samples', one(19, 1), false],
    ['20 samples, of which 16 are others', one(20, 4), true],
  ])('of %s', (_, summary, expected) => {
    expect(isIll(top1, 0.9, summary)).toBe(expected);
  });

  it.each<[string, OutputSummary, boolean]>([
    ['50 samples and three classes', one(50, null, 48, 3), true],
    ['49 samples', one(49, null, 49, 3), false],
    ['two classes', one(500, null, 500, 2), false],
    ['outputs that are no scores', one(500, null, 500, null), false],
  ])('without labels, of %s', (_, summary, expected) => {
    expect(isIll(agreement, 1, summary)).toBe(expected);
  });
});

describe('FP32 that has the same output for all samples', () => {
  const constant = (samples: number, isLabelConstant = false) =>
    outputs(samples, null, { isConstant: true, isLabelConstant, commonest: 1 });

  it('is an error whatever the metric', () => {
    for (const metric of [top1, mae, agreement])
      expect(fp32Problem(metric, 0.5, constant(20))).toBe(
        'FP32 itself has the same output on all 20 samples; is `preprocess` right?',
      );
  });

  it('is none of few samples, nor where the labels are the same too', () => {
    expect(isIll(mae, 0.5, constant(19))).toBe(false);
    expect(isIll(mae, 0.5, constant(200, true))).toBe(false);
  });
});
