import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hexagonFixedPoint } from '../../../src/numerics/fixed-point.ts';
import { rescaleHalfUp, rescaleTflite, tfliteFixedPoint } from '../../support/fixed-point.ts';

/** floor(a·m / 2^f + 1/2) in integers of any size. */
function bigHalfUp(accumulator: number, multiplier: number, fractionBits: number): number {
  const f = BigInt(fractionBits);
  return Number((BigInt(accumulator) * BigInt(multiplier) + (1n << (f - 1n))) >> f);
}

const factor = fc.double({ min: 2 ** -40, max: 2 ** 14, noNaN: true });
const int32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });

describe('Hexagon fixed-point rescale', () => {
  it('is exact against big integers on a million random accumulators', () => {
    let state = 20261124;
    // A multiplicative congruential generator (Park and Miller): fc would take minutes for a million.
    const random = () => {
      state = (state * 48271) % 2147483647;
      return state / 2147483647;
    };
    const wrong: string[] = [];
    for (let i = 0; i < 1_000_000; i++) {
      const accumulator = Math.floor((random() * 2 - 1) * 2 ** (1 + 30 * random()));
      const fixed = hexagonFixedPoint(2 ** (-30 * random()) * (i % 16 === 0 ? 2 ** 12 : 1));
      const ours = rescaleHalfUp(accumulator, fixed);
      const exact = bigHalfUp(accumulator, fixed.multiplier, fixed.fractionBits);
      if (ours !== exact) wrong.push(`${accumulator} · ${JSON.stringify(fixed)}: ${ours}, exact ${exact}`);
    }
    expect(wrong).toEqual([]);
  });

  it('is exact at the ends of int32 and on ties', () => {
    fc.assert(
      fc.property(int32, factor, (accumulator, m) => {
        const fixed = hexagonFixedPoint(m);
        expect(rescaleHalfUp(accumulator, fixed)).toBe(
          bigHalfUp(accumulator, fixed.multiplier, fixed.fractionBits),
        );
      }),
    );
    const half = hexagonFixedPoint(0.5);
    expect([-3, -1, 1, 3].map((a) => rescaleHalfUp(a, half))).toEqual([-1, 0, 1, 2]);
  });

  it('has 31 fraction bits up to a factor of 1 and fewer by its exponent beyond', () => {
    expect(hexagonFixedPoint(0.25)).toEqual({ multiplier: 2 ** 29, fractionBits: 31 });
    expect(hexagonFixedPoint(1)).toEqual({ multiplier: 2 ** 31 - 1, fractionBits: 31 });
    expect(hexagonFixedPoint(3)).toEqual({ multiplier: 3 * 2 ** 29, fractionBits: 29 });
  });

  it('takes a power of two as the least of its binade', () => {
    expect(hexagonFixedPoint(2)).toEqual({ multiplier: 2 ** 30, fractionBits: 29 });
    expect(hexagonFixedPoint(2 ** 14)).toEqual({ multiplier: 2 ** 30, fractionBits: 16 });
  });
});

describe('TFLite fixed-point rescale', () => {
  it('has the multiplier and shift of its reference', () => {
    expect(tfliteFixedPoint(0.0018)).toEqual({ multiplier: 1979120930, shift: -9 });
    expect(tfliteFixedPoint(1)).toEqual({ multiplier: 2 ** 30, shift: 1 });
    expect(tfliteFixedPoint(2 ** -40)).toEqual({ multiplier: 0, shift: 0 });
  });

  it('carries a multiplier that rounds up to 2^31 over to the shift, and no other', () => {
    expect(tfliteFixedPoint(1 - 2 ** -40)).toEqual({ multiplier: 2 ** 30, shift: 1 });
    expect(tfliteFixedPoint(0.5 - 2 ** -32)).toEqual({ multiplier: 2 ** 31 - 1, shift: -1 });
  });

  it('flushes factors below 2^-32, but not that itself', () => {
    expect(tfliteFixedPoint(2 ** -32)).toEqual({ multiplier: 2 ** 30, shift: -31 });
    expect(tfliteFixedPoint(0.99 * 2 ** -32)).toEqual({ multiplier: 0, shift: 0 });
  });

  it('rounds twice, never further off than both roundings together', () => {
    const accumulators = fc.integer({ min: -(2 ** 24), max: 2 ** 24 });
    fc.assert(
      fc.property(accumulators, fc.double({ min: 2 ** -16, max: 0.99, noNaN: true }), (accumulator, m) => {
        const fixed = tfliteFixedPoint(m);
        const exact = (accumulator * fixed.multiplier) / 2 ** (31 - fixed.shift);
        const off = Math.abs(rescaleTflite(accumulator, fixed) - exact);
        expect(off).toBeLessThanOrEqual(0.5 + 2 ** (fixed.shift - 1));
      }),
    );
  });

  it('differs from a single rounding where its first one makes a tie', () => {
    const [twice, once] = [tfliteFixedPoint(2 ** -2), hexagonFixedPoint(2 ** -2)];
    expect([-6, -2, 2, 6].map((a) => rescaleTflite(a, twice))).toEqual([-2, -1, 1, 2]);
    expect([-6, -2, 2, 6].map((a) => rescaleHalfUp(a, once))).toEqual([-1, 0, 1, 2]);
  });
});

it('refuses what is no rescale factor, and says what', () => {
  for (const bad of [0, -1, Number.NaN, Infinity, 2 ** 15])
    expect(() => hexagonFixedPoint(bad)).toThrow(`${bad} is no rescale factor`);
  expect(hexagonFixedPoint(2 ** 15 - 1).multiplier).toBe((2 ** 15 - 1) * 2 ** 16);
});
