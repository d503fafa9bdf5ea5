import { describe, expect, it } from 'vitest';
import { cosine } from '../../../src/metrics/cosine.ts';
import { mae } from '../../../src/metrics/mae.ts';
import { psnr } from '../../../src/metrics/psnr.ts';
import { mseMetric } from '../../../src/metrics/squared-error.ts';
import { outputs, tensor } from './tensors.ts';

describe('mse and mae', () => {
  it('are means over the elements', () => {
    const label = tensor([1, 0, -1, 0]);
    expect(mseMetric.score(outputs([0, 0, 1, 0]), label, undefined)).toBe(1.25);
    expect(mae.score(outputs([0, 0, 1, 0]), label, undefined)).toBe(0.75);
  });

  it('take labels whose shape differs in dimensions of 1, and no others', () => {
    expect(mseMetric.score(outputs([1, 2], [1, 1, 2]), tensor([1, 2], [2]), undefined)).toBe(0);
    expect(() => mseMetric.score(outputs([1, 2]), tensor([1, 2, 3]), undefined)).toThrow('label is [1, 3]');
    expect(() => mseMetric.score(outputs([1, 2]), 3, undefined)).toThrow('the label is not a tensor');
  });
});

describe('psnr', () => {
  it('is -10 log10 of the mean squared error of the clamped output', () => {
    expect(psnr.score(outputs([0.1, 0]), tensor([0, 0]), undefined)).toBeCloseTo(23.0103, 4);
    expect(psnr.score(outputs([1.5, -2]), tensor([0.9, 0.1]), undefined)).toBeCloseTo(20, 5);
  });

  it('counts a perfect image as 100 dB', () => {
    expect(psnr.score(outputs([0.5, 1]), tensor([0.5, 1]), undefined)).toBe(100);
  });

  it('is the mean over images, not the PSNR of the mean error', () => {
    expect(psnr.aggregate([20, 40])).toBe(30);
  });
});

describe('cosine', () => {
  it('is the angle between the outputs, not their size', () => {
    const kept = cosine.keep!(outputs([1, 0]));
    expect(cosine.score(outputs([7, 0]), undefined, kept)).toBe(1);
    expect(cosine.score(outputs([1, 1]), undefined, kept)).toBeCloseTo(Math.SQRT1_2, 7);
    expect(cosine.score(outputs([-2, 0]), undefined, kept)).toBe(-1);
  });

  it('is 1 for two zero outputs and 0 if one only is zero', () => {
    expect(cosine.score(outputs([0, 0]), undefined, cosine.keep!(outputs([0, 0])))).toBe(1);
    expect(cosine.score(outputs([0, 0]), undefined, cosine.keep!(outputs([1, 0])))).toBe(0);
  });

  it('reports a baseline of another size', () => {
    expect(() => cosine.score(outputs([1, 2]), undefined, new Float32Array(3))).toThrow(
      'make the baseline again',
    );
  });
});
