import { expect, it } from 'vitest';
import { ZERO_BIN } from '../../../src/numerics/bins.ts';
import { magnitudes } from '../../../src/numerics/magnitudes.ts';
import { mainShare } from '../../../src/numerics/main-share.ts';
import { mean } from '../../../src/numerics/mean.ts';
import { arrayOf, elementCount } from '../../../src/numerics/tensor.ts';
import { histogramOf } from './samples.ts';

it('a mean is the sum over the count, and NaN of nothing', () => {
  expect(mean([1, 2, 6])).toBe(3);
  expect(mean([])).toBeNaN();
});

it('the main share is the largest, and the first of equal ones', () => {
  expect(mainShare({ weightRound: 0.1, inputClip: 0.7, output: 0.2 })).toEqual({
    share: 'inputClip',
    value: 0.7,
  });
  expect(mainShare({ a: 0.2, b: 0.4, c: 0.4 })).toEqual({ share: 'b', value: 0.4 });
});

it('magnitudes count values of either sign at their distance from zero', () => {
  // The width of a bin is 1: 4095 is in the last one.
  const counts = magnitudes(histogramOf(Float32Array.of(0, 0.5, -0.5, 2.5, -2.5, -7.5, 4095, -4095.5)));
  expect(counts).toHaveLength(ZERO_BIN);
  const filled = [...counts.entries()].filter(([, n]) => n > 0);
  expect(filled).toEqual([
    [0, 3],
    [2, 2],
    [7, 1],
    [4095, 2],
  ]);
});

it('a tensor has as many elements as the product of its dimensions, a scalar one', () => {
  expect([elementCount([2, 3, 4]), elementCount([]), elementCount([5, 0])]).toEqual([24, 1, 0]);
});

it('elements of a type lie in an array of their width; float16 as raw bits, bool as bytes', () => {
  expect([arrayOf('float32'), arrayOf('int64'), arrayOf('float16'), arrayOf('bool')]).toEqual([
    Float32Array,
    BigInt64Array,
    Uint16Array,
    Uint8Array,
  ]);
});
