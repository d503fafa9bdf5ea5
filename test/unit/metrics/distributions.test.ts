import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { klMetric } from '../../../src/metrics/kl-divergence.ts';
import { perplexity } from '../../../src/metrics/perplexity.ts';
import { outputs, tensor, tokens } from './tensors.ts';

const score = (fp32: number[], quantized: number[], dims?: number[]) =>
  klMetric.score(outputs(quantized, dims), undefined, klMetric.keep!(outputs(fp32, dims)));

describe('kl', () => {
  const expected = 0.5 * Math.log(4 / 3);

  it('of logits is that of their softmax', () => {
    const logits = [Math.log(1) + 5, Math.log(3) + 5];
    expect(score([2, 2], logits)).toBeCloseTo(expected, 6);
  });

  it('takes rows that are distributions in FP32 as they are', () => {
    expect(score([0.5, 0.5], [0.25, 0.75])).toBeCloseTo(expected, 6);
  });

  it('normalizes a quantized softmax and survives its zeros', () => {
    expect(score([0.5, 0.5], [0.3, 0.9])).toBeCloseTo(expected, 6);
    expect(score([0.5, 0.5], [0, 1])).toBeCloseTo(0.5 * Math.log(0.25 / 1e-7), 3);
  });

  it('is the mean over the tokens of [1, T, C]', () => {
    expect(score([0.5, 0.5, 0.5, 0.5], [0.25, 0.75, 0.5, 0.5], [1, 2, 2])).toBeCloseTo(expected / 2, 6);
  });

  it('refuses maps of classes', () => {
    expect(() => score([1, 2, 3, 4], [1, 2, 3, 4], [1, 2, 1, 2])).toThrow('kl needs [1, C] or [1, T, C]');
  });

  it('is never negative, and 0 for equal logits up to a constant', () => {
    const logits = fc.array(fc.float({ min: -50, max: 50, noNaN: true }), { minLength: 2, maxLength: 8 });
    fc.assert(
      fc.property(logits, logits, fc.integer({ min: -5, max: 5 }), (a, b, shift) => {
        const size = Math.min(a.length, b.length);
        expect(score(a.slice(0, size), b.slice(0, size))).toBeGreaterThanOrEqual(0);
        const shifted = a.map((x) => x + 0.25 * shift);
        if (a.some((x) => x < 0) && shifted.some((x) => x < 0)) expect(score(a, shifted)).toBeLessThan(1e-5);
      }),
    );
  });
});

describe('perplexity', () => {
  it('of equal logits is the size of the vocabulary', () => {
    const scored = perplexity.score(outputs([3, 3, 3, 3], [1, 1, 4]), tokens([2n]), undefined);
    expect(perplexity.aggregate([scored])).toBeCloseTo(4, 6);
  });

  it('weights samples by their tokens and ignores -100', () => {
    const sure = perplexity.score(outputs([0, Math.log(3)], [1, 1, 2]), tokens([1n]), undefined);
    const mixed = perplexity.score(
      outputs([0, 0, 9, 9, 0, 0], [1, 3, 2]),
      tokens([0n, -100n, 1n]),
      undefined,
    );
    expect(mixed).toEqual([expect.closeTo(2 * Math.LN2, 6), 2]);
    expect(perplexity.aggregate([sure, mixed])).toBeCloseTo((4 / 3) ** (1 / 3) * 2 ** (2 / 3), 6);
  });

  it('reports tokens outside the vocabulary and outputs that are no logits', () => {
    const logits = outputs([0, 0], [1, 1, 2]);
    expect(() => perplexity.score(logits, tokens([2n]), undefined)).toThrow('label 2 of token 0 is outside');
    expect(() => perplexity.score(logits, tokens([0n, 1n]), undefined)).toThrow('label is [1, 2]');
    expect(() => perplexity.score(outputs([0, 0]), tensor([0]), undefined)).toThrow('needs logits [1, T, V]');
    expect(() => perplexity.aggregate([3])).toThrow('make the baseline again');
  });
});
