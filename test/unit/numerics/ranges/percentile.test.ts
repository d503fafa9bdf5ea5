import { describe, expect, it } from 'vitest';
import { asymmetricGrid, symmetricGrid } from '../../../../src/numerics/grid.ts';
import { percentile, rangeKeeping } from '../../../../src/numerics/ranges/percentile.ts';
import { histogramOf } from '../samples.ts';

const int8 = symmetricGrid(8, { restricted: true });
const uint8 = asymmetricGrid(8, false);
const from = (length: number, valueAt: (i: number) => number) =>
  histogramOf(Float32Array.from({ length }, (_, i) => valueAt(i)));

/** Ends of a range in bins of a width of 1, to well within one. */
const ends = ({ alpha, beta }: { alpha: number; beta: number }) =>
  [alpha, beta].map((x) => Math.round(x * 1e6) / 1e6);

describe('the range that keeps a share of the values', () => {
  const one = from(2000, (i) => 2048 + i);

  it('ends where half of the rest lies below and half above', () => {
    expect(ends(rangeKeeping(0.9, one, uint8))).toEqual([2148, 3948]);
  });

  it('lies between the ends of a bin by the values that it needs of it', () => {
    // 4 values a bin: 2.5 % of 2000 are 50, half of the 13th bin.
    const four = from(2000, (i) => 2048 + Math.floor(i / 4));
    expect(ends(rangeKeeping(0.95, four, uint8))).toEqual([2048 + 12.5, 2548 - 12.5]);
  });

  it('counts values below zero from the least one', () => {
    expect(
      ends(
        rangeKeeping(
          0.9,
          from(2000, (i) => -2048 + i),
          uint8,
        ),
      ),
    ).toEqual([-1948, -148]);
  });

  it('is set by the magnitudes on a symmetric grid, of either sign', () => {
    expect(ends(rangeKeeping(0.9, one, int8))).toEqual([-3848, 3848]);
    // One value of each sign for each magnitude.
    const both = from(4000, (i) => (i % 2 ? 1 : -1) * (2048.5 + Math.floor(i / 2)));
    expect(ends(rangeKeeping(0.9, both, int8))).toEqual([-3848, 3848]);
  });

  it('never reaches beyond what was seen, though a bin does', () => {
    const half = from(10, (i) => (i < 5 ? -2048.25 : 2048.25));
    expect(rangeKeeping(1, half, uint8)).toEqual({ alpha: -2048.25, beta: 2048.25 });
    expect(rangeKeeping(1, half, int8)).toEqual({ alpha: -2048.25, beta: 2048.25 });
    const low = from(10, (i) => (i < 5 ? -2048.25 : 100));
    expect(rangeKeeping(1, low, int8)).toEqual({ alpha: -2048.25, beta: 2048.25 });
  });

  it('is nothing of zeros, but not of values that end there', () => {
    expect(
      rangeKeeping(
        0.9,
        from(5, () => 0),
        uint8,
      ),
    ).toEqual({ alpha: 0, beta: 0 });
    expect(
      ends(
        rangeKeeping(
          0.5,
          from(4096, (i) => i),
          uint8,
        ),
      ),
    ).toEqual([1024, 3072]);
    expect(
      ends(
        rangeKeeping(
          0.5,
          from(4096, (i) => -i),
          uint8,
        ),
      ),
    ).toEqual([-3071, -1023]);
  });
});

it('the percentile method keeps 99.999 % of the values', () => {
  const many = from(400_000, (i) => 2048 + (i % 2000));
  // 0.0005 % of 400,000 are 2 of the 200 in the outermost bins.
  expect(ends(percentile.range(many, uint8))).toEqual([2048.01, 4047]);
  expect(ends(percentile.range(many, int8))).toEqual([-4047, 4047]);
});
