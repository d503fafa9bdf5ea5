import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { float16Weights, fromFloat16, toFloat16 } from '../../../src/numerics/float16.ts';

const allBits = Uint16Array.from({ length: 0x10000 }, (_, i) => i);

describe('float16', () => {
  it('knows the values of IEEE 754 binary16', () => {
    const bits = [0x0000, 0x3c00, 0xc000, 0x7bff, 0x0400, 0x0001, 0x3555, 0x7c00, 0xfc00];
    const values = [0, 1, -2, 65504, 2 ** -14, 2 ** -24, 0.333251953125, Infinity, -Infinity];
    expect([...fromFloat16(bits)]).toEqual(values);
    expect([...toFloat16(values)]).toEqual(bits);
    expect(fromFloat16([0x7e01])[0]).toBeNaN();
  });

  it('gives every number back', () => {
    const numbers = allBits.filter((bits) => (bits & 0x7c00) !== 0x7c00 || (bits & 0x3ff) === 0);
    expect(toFloat16(fromFloat16(numbers))).toEqual(numbers);
  });

  it('rounds to the nearest, ties to the even one, overflow to infinity', () => {
    expect([...toFloat16([1 + 2 ** -11, 1 + 3 * 2 ** -11, 2 ** -25, 65519.99, 65520, -1e9])]).toEqual([
      0x3c00, 0x3c02, 0x0000, 0x7bff, 0x7c00, 0xfc00,
    ]);
    const between = fc.tuple(fc.integer({ min: 0, max: 0x7bfe }), fc.double({ min: 0, max: 1, noNaN: true }));
    fc.assert(
      fc.property(between, ([bits, part]) => {
        const [low, high] = fromFloat16([bits, bits + 1]) as unknown as [number, number];
        const value = low + part * (high - low);
        const nearest = Math.abs(fromFloat16(toFloat16([value]))[0] - value);
        expect(nearest).toBeLessThanOrEqual(Math.min(value - low, high - value));
      }),
    );
  });
});

describe('weights in FP16', () => {
  const round = (values: number[]) => [...float16Weights(Float32Array.from(values))];

  it('are the nearest binary16 numbers within the range', () => {
    const within = fc.oneof(
      fc.integer({ min: 1, max: 0x7bff }).map((bits) => fromFloat16([bits])[0]),
      fc
        .integer({ min: 1, max: 0x7bfe })
        .map((bits) => (fromFloat16([bits])[0] + fromFloat16([bits + 1])[0]) / 2),
      fc.float({ min: 2 ** -24, max: 65504, noNaN: true }),
    );
    fc.assert(
      fc.property(fc.array(within), fc.boolean(), (values, isNegative) => {
        const given = Float32Array.from(values, (value) => (isNegative ? -value : value));
        expect(float16Weights(given)).toEqual(fromFloat16(toFloat16(given)));
      }),
    );
  });

  it('stay finite beyond it, and do not vanish below it, as in TensorRT', () => {
    expect(round([65504, 65519, 65520, 1e9, -3.4e38])).toEqual([65504, 65504, 65504, 65504, -65504]);
    expect(round([2 ** -26, -1e-12, 1e-40])).toEqual([2 ** -24, -(2 ** -24), 2 ** -24]);
  });

  it('keep zeros, infinities and NaN', () => {
    expect(round([0, -0, Infinity, -Infinity, Number.NaN])).toEqual([0, -0, Infinity, -Infinity, Number.NaN]);
  });

  it('reads a part of a larger buffer', () => {
    expect([...float16Weights(Float32Array.of(1, 0.1, 3).subarray(1))]).toEqual([0.0999755859375, 3]);
  });
});
