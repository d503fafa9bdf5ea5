import { describe, expect, it } from 'vitest';
import { cumulativeOf } from '../../../../src/numerics/cumulative.ts';
import { type Grid, gridParams } from '../../../../src/numerics/grid.ts';
import { massOf } from '../../../../src/numerics/mass.ts';
import { quantizationError } from '../../../../src/numerics/quantization-error.ts';
import { placementSearch } from '../../../../src/numerics/ranges/placement.ts';
import { histogramOf, sample } from '../samples.ts';

const shapes: [string, Float32Array][] = [
  ['around zero', sample(300, (s, i) => (i === 0 ? 2500 : 600 * s.gauss()))],
  ['above zero', sample(300, (s) => 2048 + 800 * s.uniform())],
  ['below zero', sample(300, (s) => -2048 - 800 * s.uniform())],
  ['at few places', Float32Array.from({ length: 60 }, (_, i) => [-2300, -700, 0, 900, 900.5, 3000][i % 6])],
];

const errorsOf = (data: Float32Array, step: number, levels: number) => {
  const h = histogramOf(data);
  // Bins are 1 wide, so that bins and the data have the same unit.
  expect(massOf(h).width).toBe(1);
  const grid: Grid = { bits: 16, qmin: 0, qmax: levels - 1, symmetric: false };
  return (lowest: number) => {
    const { round, clip } = quantizationError(h, gridParams(step, -lowest, grid), grid);
    return { round: round * h.total, clip: clip * h.total };
  };
};
const searchOf = (data: Float32Array, levels: number, onlyLowest: number | null) =>
  placementSearch(cumulativeOf(massOf(histogramOf(data))), levels, onlyLowest);

describe.each(shapes)('a grid placed over values %s', (_, data) => {
  it.each([
    [4, 1000],
    [4, 150.5],
    [8, 350],
    [16, 64],
    [2, 5000],
  ])('of %d levels in steps of %d has the least error of all placements that hold zero', (levels, step) => {
    const errorAt = errorsOf(data, step, levels);
    const all = Array.from({ length: levels }, (_, i) => errorAt(i + 1 - levels)).map(
      (e) => e.round + e.clip,
    );
    const found = searchOf(data, levels, null)(step);
    const least = Math.min(...all);
    expect(found.step).toBe(step);
    expect(found.error / least).toBeCloseTo(1, 6);
    expect(all[found.lowest + levels - 1] / least).toBeCloseTo(1, 6);
    expect(found.lowest).toBe(all.findIndex((error) => error <= least * (1 + 1e-12)) + 1 - levels);
  });

  it.each([-15, -8, -3, 0])('has the error of its fixed place: 16 levels from %d on', (lowest) => {
    for (const step of [20, 150.5]) {
      const { round, clip } = errorsOf(data, step, 16)(lowest);
      const found = searchOf(data, 16, lowest)(step);
      expect(found).toMatchObject({ step, lowest });
      expect(found.error / (round + clip)).toBeCloseTo(1, 6);
    }
  });

  it.each([0.5, 3])('of 1024 levels in steps of %d takes step²/12 for each value inside', (step) => {
    const errorAt = errorsOf(data, step, 1024);
    const inside = (lowest: number) =>
      data.filter((x) => x !== 0 && x >= lowest * step && x < (lowest + 1023) * step).length;
    const found = searchOf(data, 1024, null)(step);
    const clips = Array.from({ length: 1024 }, (_, i) => errorAt(i - 1023).clip);
    const { clip } = errorAt(found.lowest);
    expect(clip).toBeLessThanOrEqual(Math.min(...clips) * 1.01 + 1e-6);
    expect(Math.abs(found.error - clip - (inside(found.lowest) * step ** 2) / 12)).toBeLessThan(
      4 * step ** 2,
    );
    const fixed = searchOf(data, 1024, -500)(step);
    expect(fixed).toMatchObject({ step, lowest: -500 });
    expect(Math.abs(fixed.error - errorAt(-500).clip - (inside(-500) * step ** 2) / 12)).toBeLessThan(
      4 * step ** 2,
    );
  });
});
