import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { agreement } from '../../../src/metrics/agreement.ts';
import { top1 } from '../../../src/metrics/top1.ts';
import { top5 } from '../../../src/metrics/top5.ts';
import { outputs } from './tensors.ts';

const scoresOf = fc.array(fc.integer({ min: -3, max: 3 }), { minLength: 6, maxLength: 20 });

describe('top1', () => {
  it('is 1 if the highest score is the label', () => {
    expect(top1.score(outputs([0.1, 0.7, 0.2]), 1, undefined)).toBe(1);
    expect(top1.score(outputs([0.1, 0.7, 0.2]), 2, undefined)).toBe(0);
  });

  it('gives a tie to the lowest index, as numpy.argmax does', () => {
    expect(top1.score(outputs([1, 3, 3]), 1, undefined)).toBe(1);
    expect(top1.score(outputs([1, 3, 3]), 2, undefined)).toBe(0);
  });

  it('takes [1, C, 1, 1] but no map of classes', () => {
    expect(top1.score(outputs([0, 1], [1, 2, 1, 1]), 1, undefined)).toBe(1);
    expect(() => top1.score(outputs([0, 1, 2, 3], [1, 2, 1, 2]), 1, undefined)).toThrow(
      'class scores are [1, C]',
    );
  });

  it('reports labels that the model does not have instead of counting them as wrong', () => {
    expect(() => top1.score(outputs([0, 1]), 2, undefined)).toThrow(
      "label 2 is outside the model's 2 classes (0 to 1): correct evaluation.labels, whose ids begin with 0, or name the output that has their classes in metric.output",
    );
    expect(() => top1.score(outputs([0, 1]), 12, undefined)).toThrow(
      "label 12 is outside the model's 2 classes (0 to 1): correct evaluation.labels, or name",
    );
    expect(() => top1.score(outputs([0, 1]), '1', undefined)).toThrow('not a class id');
    expect(() => top1.score(outputs([0, 1]), undefined, undefined)).toThrow('not a class id');
    const hot = { type: 'int64', dims: [1, 2], data: BigInt64Array.of(0n, 1n) };
    expect(() => top1.score(outputs([0, 1]), hot, undefined)).toThrow(
      'label of type int64, shape [1,2], is not a class id: give evaluation.labels of one whole number a sample',
    );
    const ring: unknown[] = [];
    ring.push(ring);
    expect(() => top1.score(outputs([0, 1]), ring, undefined)).toThrow('is not a class id');
    const image = { type: 'uint8', dims: [1, 32, 32], data: Array(1024).fill(255) };
    expect(() => top1.score(outputs([0, 1]), image, undefined)).toThrow(/^.{1,300}$/);
  });

  it('reads float16 outputs', () => {
    const y = { type: 'float16', dims: [1, 2], data: Uint16Array.of(0xbc00, 0x3c00) } as const;
    expect(top1.score({ y }, 1, undefined)).toBe(1);
  });

  it('reports NaN', () => {
    expect(() => top1.score(outputs([0, Number.NaN]), 0, undefined)).toThrow(
      'output "y" holds NaN at element 1',
    );
  });

  it('is right for exactly one label', () => {
    fc.assert(
      fc.property(scoresOf, (scores) => {
        const right = scores.filter((_, label) => top1.score(outputs(scores), label, undefined) === 1);
        expect(right).toEqual([Math.max(...scores)]);
      }),
    );
  });
});

describe('top5', () => {
  it('is right for exactly five labels, whose scores are the highest', () => {
    fc.assert(
      fc.property(scoresOf, (scores) => {
        const right = scores.filter((_, label) => top5.score(outputs(scores), label, undefined) === 1);
        const highest = [...scores].sort((a, b) => b - a).slice(0, 5);
        expect(right.sort((a, b) => b - a)).toEqual(highest);
      }),
    );
  });

  it('refuses five classes, where it is always right', () => {
    expect(() => top5.score(outputs([1, 2, 3, 4, 5]), 0, undefined)).toThrow('use top1');
  });
});

describe('agreement', () => {
  it('compares the top class with the one kept of FP32', () => {
    const kept = agreement.keep!(outputs([0, 5, 2]));
    expect(agreement.score(outputs([-9, 1, 0]), undefined, kept)).toBe(1);
    expect(agreement.score(outputs([2, 1, 0]), undefined, kept)).toBe(0);
  });

  it('reports a baseline that kept nothing', () => {
    expect(() => agreement.score(outputs([0, 1]), undefined, undefined)).toThrow('make the baseline again');
  });
});

describe('an output that is a class id, as ArgMax makes it', () => {
  const id = (value: bigint, dims = [1]) => ({
    y: { type: 'int64', dims, data: BigInt64Array.of(value) } as const,
  });

  it('is compared as it is', () => {
    expect(top1.score(id(7n), 7, undefined)).toBe(1);
    expect(top1.score(id(7n, [1, 1]), 0, undefined)).toBe(0);
    const kept = agreement.keep!(id(7n, [1, 1]));
    expect(agreement.score(id(7n), undefined, kept)).toBe(1);
    expect(agreement.score(id(6n), undefined, kept)).toBe(0);
  });

  it('has no five highest scores', () => {
    expect(() => top5.score(id(7n), 7, undefined)).toThrow('class scores are [1, C]');
  });
});

it('a single score is refused, where every model agrees with every other', () => {
  expect(() => agreement.keep!(outputs([0.3]))).toThrow('output "y" is a single value');
  expect(() => top1.score(outputs([0.3]), 0, undefined)).toThrow('a metric module');
});

it('the mean of the scores is the metric', () => {
  expect(top1.aggregate([1, 0, 1, 1])).toBe(0.75);
  expect(() => top1.aggregate([1, 'x'])).toThrow('not a number');
});
