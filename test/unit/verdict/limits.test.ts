import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NEGLIGIBLE_BITS_LOST } from '../../../src/quantization/bit-use.ts';
import {
  type TensorBits,
  withBitsLostBudget,
  withEffectiveBitsBudget,
} from '../../../src/verdict/bits-budget.ts';
import { withSqnrBudget } from '../../../src/verdict/sqnr-budget.ts';

const judged = { verdict: 'pass' as 'pass' | 'fail', reasons: ['the drop is within the budget'] };
const good: TensorBits = {
  bits: 8,
  alpha: -1,
  beta: 1,
  effectiveBits: 7.4,
  bitsLost: 0.01,
  clipShare: 0,
  clipped: 0,
  beyondBest: 0,
  observed: { alpha: -1, beta: 1 },
};
const masked: TensorBits = {
  ...good,
  alpha: -10_000,
  beta: 8.1,
  effectiveBits: 3.6,
  bitsLost: 3.9,
  beyondBest: 0.0002,
  observed: { alpha: -10_000, beta: 8.1 },
};
const limit = (value: number, ...except: string[]) => ({ value, except });

describe('max-bits-lost', () => {
  const first = (tensors: Record<string, TensorBits>, ...given: Parameters<typeof limit>) =>
    withBitsLostBudget(judged, Object.entries(tensors), limit(...given)).reasons[0];

  it('names the tensor that loses most and what set its range', () => {
    expect(withBitsLostBudget(judged, Object.entries({ good, scores: masked }), limit(1))).toEqual({
      verdict: 'fail',
      reasons: [
        '"scores": range [-10000, 8.1] set by 0.02 % of the values: 3.90 of 8 bits lost, max-bits-lost is 1',
        ...judged.reasons,
      ],
    });
  });

  it('tells a range that clips from one that is too wide', () => {
    const clipping = { ...masked, alpha: 0, beta: 1, clipShare: 0.99, clipped: 0.124 };
    expect(first({ x: clipping }, 1)).toContain('"x": range [0, 1] clips 12 % of the values: 3.90');
    const wide = { ...masked, observed: { alpha: -0.25, beta: 0.5 } };
    expect(first({ x: wide }, 1)).toContain('range [-10000, 8.1] is wider than the values, [-0.25, 0.5]:');
  });

  it('blames clipping only if most of the noise is clipped, and values are', () => {
    const clipping = { ...masked, clipShare: 0.51, clipped: 0.001 };
    expect(first({ x: clipping }, 1)).toContain(' clips 0.1 % of the values:');
    expect(first({ x: { ...clipping, clipShare: 0.5 } }, 1)).toContain(' set by ');
    expect(first({ x: { ...clipping, clipped: 0 } }, 1)).toContain(' set by ');
  });

  it('calls a range wider that reaches more than a quarter further, on either side', () => {
    const reaching = (alpha: number, beta: number) =>
      first({ x: { ...masked, alpha, beta, observed: { alpha: -1, beta: 4 } } }, 1);
    expect(reaching(-1, 5)).toContain('range [-1, 5] set by 0.02 % of the values:');
    expect(reaching(-1, 5.01)).toContain('range [-1, 5.01] is wider than the values, [-1, 4]:');
    expect(reaching(-5.01, 0)).toContain('range [-5.01, 0] is wider than the values, [-1, 4]:');
  });

  it('blames a range from the loss on that is not negligible', () => {
    const bitsLost = NEGLIGIBLE_BITS_LOST;
    expect(first({ x: { ...masked, bitsLost } }, 0)).toContain(' set by 0.02 % of the values: ');
    const [reason] = withEffectiveBitsBudget(judged, [['x', { ...masked, bitsLost }]], limit(5)).reasons;
    expect(reason).toContain(`, ${bitsLost.toFixed(2)} lost to the range, `);
  });

  it('says no more of a range that nothing is the matter with', () => {
    expect(first({ x: { ...good, alpha: -9, beyondBest: 0.1 } }, 0)).toContain(
      'range [-9, 1]: 0.01 of 8 bits',
    );
    expect(first({ x: { ...masked, beyondBest: 0 } }, 1)).toContain(
      'range [-10000, 8.1]: 3.90 of 8 bits lost',
    );
  });

  it('counts the others, a weight of several layers once for each', () => {
    expect(first({ a: { ...masked, bitsLost: 2 }, b: masked }, 1)).toMatch(/^"b": .*; 1 more is beyond it$/);
    expect(first({ a: masked, b: masked, c: masked }, 1)).toMatch(/^"a": .*; 2 more are beyond it$/);
    expect(first({ a: masked, b: good }, 1)).toMatch(/max-bits-lost is 1$/);
    const shared = [['w', good] as const, ['w', masked] as const];
    expect(withBitsLostBudget(judged, shared, limit(1)).verdict).toBe('fail');
  });

  it('does not hold for exceptions, nor without a limit', () => {
    expect(withBitsLostBudget(judged, Object.entries({ scores: masked }), limit(1, 'scores'))).toBe(judged);
    expect(withBitsLostBudget(judged, Object.entries({ scores: masked }), undefined)).toBe(judged);
  });

  it('fails exactly when a tensor that is no exception is above the limit', () => {
    const losses = fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.double({ min: 0, max: 8, noNaN: true }));
    fc.assert(
      fc.property(losses, fc.double({ min: 0, max: 8, noNaN: true }), (lost, value) => {
        const tensors = Object.entries(lost).map(
          ([name, bitsLost]) => [name, { ...good, bitsLost }] as const,
        );
        const { verdict } = withBitsLostBudget(judged, tensors, limit(value, 'c'));
        expect(verdict).toBe(Math.max(lost.a ?? 0, lost.b ?? 0) > value ? 'fail' : 'pass');
      }),
    );
  });
});

describe('min-effective-bits', () => {
  it('says whether the range or the values are to blame', () => {
    const reason = (tensor: TensorBits) =>
      withEffectiveBitsBudget(judged, [['x', tensor]], limit(5)).reasons[0];
    expect(reason(masked)).toBe(
      '"x": range [-10000, 8.1] set by 0.02 % of the values: 3.60 of 8 bits effective, 3.90 lost to the range, min-effective-bits is 5',
    );
    expect(reason({ ...good, effectiveBits: 2.56 })).toBe(
      '"x": range [-1, 1]: 2.56 of 8 bits effective, no range on this grid keeps more, min-effective-bits is 5',
    );
    expect(reason(good)).toBe(judged.reasons[0]);
  });

  it('fails with the tensor that keeps fewest, below the limit and not at it', () => {
    const tensors = Object.entries({ a: { ...good, effectiveBits: 4 }, b: { ...good, effectiveBits: 3 } });
    expect(withEffectiveBitsBudget(judged, tensors, limit(5))).toEqual({
      verdict: 'fail',
      reasons: [
        '"b": range [-1, 1]: 3.00 of 8 bits effective, no range on this grid keeps more, min-effective-bits is 5; 1 more is beyond it',
        ...judged.reasons,
      ],
    });
    expect(withEffectiveBitsBudget(judged, tensors, limit(3))).toBe(judged);
    expect(withEffectiveBitsBudget(judged, tensors, limit(5, 'a', 'b'))).toBe(judged);
    expect(withEffectiveBitsBudget(judged, tensors, undefined)).toBe(judged);
  });
});

describe('min-sqnr-db', () => {
  const layers = [
    ['conv', { nsr: 0.001, cause: { words: 'weight rounding', share: 0.98 } }],
    ['quiet', { nsr: 0, cause: undefined }],
    ['dead', { nsr: Number.POSITIVE_INFINITY, cause: undefined }],
  ] as const;

  it('names the layer and what makes its noise', () => {
    expect(withSqnrBudget(judged, layers, limit(35, 'dead'))).toEqual({
      verdict: 'fail',
      reasons: [
        'layer "conv": SQNR 30.0 dB, 98 % of the noise is weight rounding, min-sqnr-db is 35',
        ...judged.reasons,
      ],
    });
    expect(withSqnrBudget(judged, layers, limit(25, 'dead'))).toBe(judged);
  });

  it('leaves the cause out where none is known, and counts the others', () => {
    const [first] = withSqnrBudget(
      judged,
      [['a', { nsr: 0.1, cause: undefined }], ...layers],
      limit(35, 'dead'),
    ).reasons;
    expect(first).toBe('layer "a": SQNR 10.0 dB, min-sqnr-db is 35; 1 more is beyond it');
  });

  it('does not hold without a limit', () => {
    expect(withSqnrBudget(judged, layers, undefined)).toBe(judged);
  });

  it('takes noise where there was no signal as the worst', () => {
    expect(withSqnrBudget(judged, layers, limit(0)).reasons[0]).toBe(
      'layer "dead": noise where FP32 has no signal, min-sqnr-db is 0',
    );
  });
});
