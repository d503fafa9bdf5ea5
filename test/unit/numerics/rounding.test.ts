import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Rounding, round } from '../../../src/numerics/rounding.ts';

const modes: Rounding[] = ['half-to-even', 'half-away-from-zero', 'half-up'];

describe('round', () => {
  it.each([
    ['half-to-even', [-2, -2, 0, 0, 2, 2]],
    ['half-away-from-zero', [-3, -2, -1, 1, 2, 3]],
    ['half-up', [-2, -1, 0, 1, 2, 3]],
  ] as const)('%s decides ties', (mode, expected) => {
    expect([-2.5, -1.5, -0.5, 0.5, 1.5, 2.5].map((x) => round(x, mode))).toEqual(expected);
  });

  it.each(modes)('%s is exact where x + 0.5 rounds', (mode) => {
    expect(round(0.49999999999999994, mode)).toBe(0);
    expect(round(-0.49999999999999994, mode)).toBe(0);
    expect(round(2 ** 52 + 1, mode)).toBe(2 ** 52 + 1);
    expect(round(-(2 ** 53) + 1, mode)).toBe(-(2 ** 53) + 1);
    expect(round(Number.MAX_VALUE, mode)).toBe(Number.MAX_VALUE);
  });

  it('decides ties up to the last float64 that has one', () => {
    const tie = 2 ** 52 - 0.5;
    expect(modes.map((mode) => round(tie, mode))).toEqual([2 ** 52, 2 ** 52, 2 ** 52]);
    expect(modes.map((mode) => round(-tie, mode))).toEqual([-(2 ** 52), -(2 ** 52), 1 - 2 ** 52]);
    expect(modes.map((mode) => round(tie - 1, mode))).toEqual([2 ** 52 - 2, 2 ** 52 - 1, 2 ** 52 - 1]);
  });

  it.each(modes)('%s returns a nearest integer, never -0', (mode) => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, min: -(2 ** 51), max: 2 ** 51 }), (x) => {
        const rounded = round(x, mode);
        expect(Number.isInteger(rounded)).toBe(true);
        expect(Object.is(rounded, -0)).toBe(false);
        expect(Math.abs(rounded - x)).toBeLessThanOrEqual(0.5);
      }),
    );
  });

  it.each(modes)('%s lets NaN and infinities through', (mode) => {
    expect([NaN, Infinity, -Infinity].map((x) => round(x, mode))).toEqual([NaN, Infinity, -Infinity]);
  });
});
