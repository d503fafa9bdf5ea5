import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { agreement } from '../../../src/metrics/agreement.ts';
import { top1 } from '../../../src/metrics/top1.ts';
import { combined } from '../../../src/verdict/combine.ts';
import { judgeRegression } from '../../../src/verdict/regression.ts';
import { judge } from '../../../src/verdict/verdict.ts';

const SAMPLES = 4000;
/** Scores of which those from `from` to `to` are wrong. */
const wrong = (...ranges: readonly (readonly [from: number, to: number])[]) =>
  Array.from({ length: SAMPLES }, (_, i) => (ranges.some(([from, to]) => from <= i && i < to) ? 0 : 1));
const budget = { maxDrop: { kind: 'points', value: 0.01 } as const, confidence: 0.95 };
const one = SAMPLES / 100;

const regression = (base: { fp32: number[]; int8?: number[] }, head: { fp32: number[]; int8: number[] }) =>
  judgeRegression({ metric: top1, base: { fp32: base.fp32, int8: base.int8 }, head, budget });

describe('a head beside its base', () => {
  it('fails by training where FP32 alone lost more than is allowed', () => {
    const lost = wrong([0, 4 * one]);
    const judged = regression({ fp32: wrong(), int8: wrong() }, { fp32: lost, int8: lost });
    expect(judged.verdict).toBe('fail');
    expect(judged.reasons[0]).toBe(
      'by training: FP32 drop 4.00 pp [3.44, 4.65] since the base; on the chip, beside the quantized base: drop 4.00 pp [3.44, 4.65] is above the budget of 1.00 pp',
    );
    expect(judged.training).toMatchObject({ fp32: 1, quantized: 0.96, flips: { lost: 4 * one, gained: 0 } });
  });

  it('fails on the chip where training and quantization each lost what is allowed', () => {
    const fp32 = wrong([0, 0.9 * one]);
    const int8 = wrong([0, 0.9 * one], [2 * one, 2.9 * one]);
    const judged = regression({ fp32: wrong(), int8: wrong() }, { fp32, int8 });
    expect(judged.verdict).toBe('fail');
    expect(judged.reasons[0]).toMatch(/^on the chip, beside the quantized base: drop 1\.80 pp \[/);
    expect(judged.training!.drop).toBeCloseTo(0.009, 12);
  });

  it('is compared with FP32 of a base that has no INT8', () => {
    const int8 = wrong([0, 0.1 * one]);
    const judged = regression({ fp32: wrong() }, { fp32: wrong(), int8 });
    expect(judged).toMatchObject({ verdict: 'pass', against: 'fp32' });
    expect(judged.reasons[0]).toMatch(/^on the chip, beside FP32 of the base: /);
  });

  it('has lost nothing where it is the same model that scores alike, however few the samples', () => {
    const scores = [1, 1, 0, 1];
    const of = (isSame: boolean, int8 = scores) =>
      judgeRegression({
        metric: top1,
        base: { fp32: scores, int8: scores },
        head: { fp32: scores, int8 },
        budget,
        isSame,
      }).verdict;
    expect(of(true)).toBe('pass');
    expect(of(false)).toBe('inconclusive');
    expect(of(true, [1, 0, 0, 1])).not.toBe('pass');
  });

  it('has no training to speak of by a metric that compares each with its own FP32', () => {
    const metric = { ...agreement };
    const scores = wrong();
    const judged = judgeRegression({
      metric,
      base: { fp32: scores, int8: scores },
      head: { fp32: scores, int8: wrong([0, 4 * one]) },
      budget,
    });
    expect(judged.training).toBeUndefined();
    expect(judged.reasons[0]).toMatch(/^on the chip, beside the quantized base: drop 4\.00 pp/);
  });

  it('may be relative to a base that gets nothing right: there is nothing to lose', () => {
    const relative = { maxDrop: { kind: 'relative', value: 0.03 } as const, confidence: 0.95 };
    const int8 = wrong([0, SAMPLES]);
    const scores = { fp32: wrong(), int8 };
    expect(
      judgeRegression({
        metric: top1,
        base: scores,
        head: { fp32: wrong(), int8: wrong() },
        budget: relative,
      }).verdict,
    ).toBe('pass');
  });

  it('has differences that add up', () => {
    const scores = fc.array(fc.constantFrom(0, 1), { minLength: 12, maxLength: 12 });
    fc.assert(
      fc.property(scores, scores, scores, scores, (baseFp32, baseInt8, headFp32, headInt8) => {
        const { training, onChip } = regression(
          { fp32: baseFp32, int8: baseInt8 },
          { fp32: headFp32, int8: headInt8 },
        );
        const by = judge({ metric: top1, fp32Scores: headFp32, quantizedScores: headInt8, budget }).drop;
        const ofBase = judge({ metric: top1, fp32Scores: baseFp32, quantizedScores: baseInt8, budget }).drop;
        expect(training!.drop + by).toBeCloseTo(ofBase + onChip.drop, 12);
      }),
    );
  });
});

describe('budgets together', () => {
  const part = (verdict: 'pass' | 'fail' | 'inconclusive', reason: string) => ({
    verdict,
    reasons: [reason],
  });

  it('come to the worst of them, which is said first', () => {
    const given = combined(part('pass', 'a'), [part('inconclusive', 'b'), part('fail', 'c')]);
    expect(given).toEqual({ verdict: 'fail', reasons: ['c', 'b', 'a'] });
  });

  it('keep their order where they are as bad, and do not say what passes beside', () => {
    expect(combined(part('fail', 'a'), [part('fail', 'b'), part('pass', 'c')]).reasons).toEqual(['a', 'b']);
  });
});
