import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { linearScale, padded, roundTicks } from '../../../../src/report/html/view/drawing-scale.ts';

const finite = fc.double({ min: -1e9, max: 1e9, noNaN: true });

describe('a linear scale', () => {
  it('puts the ends of its domain on the ends of its range', () => {
    const scale = linearScale([-1, 3], [10, 50]);
    expect([-1, 1, 3].map(scale)).toEqual([10, 30, 50]);
  });

  it('draws a domain of one value in the middle', () => {
    expect(linearScale([2, 2], [0, 100])(2)).toBe(50);
  });
});

describe('ticks', () => {
  it('are round, ascending, within the range and few', () => {
    fc.assert(
      fc.property(
        finite,
        fc.double({ min: 1e-3, max: 1e9, noNaN: true }),
        fc.integer({ min: 1, max: 10 }),
        (low, width, most) => {
          const high = low + width;
          const ticks = roundTicks(low, high, most);
          expect(ticks.length).toBeLessThanOrEqual(most + 1);
          const room = 1e-6 * Math.max(Math.abs(low), Math.abs(high));
          for (const tick of ticks) expect(tick >= low - room && tick <= high + room).toBe(true);
          expect(ticks).toEqual(ticks.toSorted((a, b) => a - b));
        },
      ),
    );
  });

  it('are multiples of 1, 2 or 5', () => {
    expect(roundTicks(0, 1, 4)).toEqual([0, 0.5, 1]);
    expect(roundTicks(-3, 9, 6)).toEqual([-2, 0, 2, 4, 6, 8]);
  });
});

it('padding holds all values, and something where there are none', () => {
  expect(padded([1, 3], 0.5)).toEqual([0, 4]);
  expect(padded([2])).toEqual([1.9, 2.1]);
  expect(padded([])).toEqual([0, 1]);
});
