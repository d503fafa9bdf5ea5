import { describe, expect, it } from 'vitest';
import { asymmetricGrid, gridParams } from '../../../src/numerics/grid.ts';
import { quantizationError } from '../../../src/numerics/quantization-error.ts';
import { histogramOf } from './samples.ts';

// Bins are 1 wide; the value at 10.25 counts as spread over [10, 11).
const values = [-2048, 10.25, 3072];
const histogram = histogramOf(Float32Array.from(values));
const grid = asymmetricGrid(12, false);
const signal = (2048 ** 2 + 331 / 3 + 3072 ** 2) / 3;

/** Of the grid of multiples of `step` from `lowest` steps on, as sums over the three values. */
function sums(step: number, lowest: number) {
  const error = quantizationError(histogram, gridParams(step, -lowest, grid), grid);
  expect(error.signal).toBeCloseTo(signal, 6);
  return [error.round * 3, error.clip * 3];
}

describe('the error of a grid, where values are spread over a bin', () => {
  it('is the integral of the square of their distances from the nearest code', () => {
    // Steps of 2: ∫ (u − 10)² from 10 to 11. The extremes lie on codes.
    expect(sums(2, -1024)[0]).toBeCloseTo(1 / 3, 6);
    // Steps of 1/2: two cells of (1/2)³ / 12.
    const [halves] = sums(0.5, -2048);
    expect(halves).toBeCloseTo(1 / 48, 6);
    // Steps of 8, 10 to 11 lies 2 to 3 off 8.
    expect(sums(8, -1024)[0]).toBeCloseTo(19 / 3, 6);
    // Steps of 4: 10 to 11 is 2 to 1 off 12.
    expect(sums(4, -1024)[0]).toBeCloseTo(7 / 3, 6);
  });

  it('is that of the extremes exactly', () => {
    // Steps of 3: 3072 is 1024 steps and −2048 is 1 off −2049; [10, 11) is 1 to 1.5 off 9 and 1.5 to 1 off 12.
    expect(sums(3, -1024)[0]).toBeCloseTo(1 + (2 * (1.5 ** 3 - 1)) / 3, 6);
  });

  it('clips beyond the last code, by the integral of the square of the distance from it', () => {
    // Codes from −4088 to 7: clips 3072 by 3065, and [10, 11) by 3 to 4.
    expect(sums(1, -4088)).toEqual([0, expect.closeTo(3065 ** 2 + 37 / 3, 4)]);
    // From 20 on: −2048 by 2068 and [10, 11) by 10 to 9.
    expect(sums(1, 20)).toEqual([0, expect.closeTo(2068 ** 2 + 271 / 3, 4)]);
  });

  it('splits a bin in which the grid ends', () => {
    // Steps of 1/2 from −2037 to 10.5: half of the bin rounds, half is clipped.
    const [round, clip] = sums(0.5, 21 - 4095);
    expect(round).toBeCloseTo(1 / 96, 6);
    expect(clip).toBeCloseTo(11 ** 2 + (3072 - 10.5) ** 2 + 0.5 ** 3 / 3, 4);
  });

  it('counts what is left in the outermost bins', () => {
    // Of three values in either outermost bin one is the extreme, two are spread: eight of ten are, in steps of 1.
    const ends = [-2048, -2048, -2048, -2047, -2047, 3071, 3071, 3072, 3072, 3072];
    const wide = asymmetricGrid(13, false);
    const { round, clip } = quantizationError(
      histogramOf(Float32Array.from(ends)),
      gridParams(1, 4096, wide),
      wide,
    );
    expect([round, clip]).toEqual([expect.closeTo(8 / 12 / 10, 6), 0]);
  });
});
