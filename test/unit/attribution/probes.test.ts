import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chooseProbes } from '../../../src/attribution/probes.ts';

const sorted = (calibration: [number, number], evaluation: [number, number]) =>
  chooseProbes(calibration, evaluation, true).indices.toSorted((a, b) => a - b);

describe('probe samples', () => {
  it('are eight, evenly spaced over the evaluation data, and so are the first two and four', () => {
    expect(chooseProbes([0, 500], [500, 2500], true)).toEqual({
      indices: [625, 1625, 1125, 2125, 875, 1375, 1875, 2375],
      seenInCalibration: false,
    });
  });

  it('do not calibrate', () => {
    expect(sorted([0, 6], [0, 20])).toEqual([6, 8, 10, 12, 13, 15, 17, 19]);
    expect(sorted([5, 7], [0, 10])).toEqual([0, 1, 2, 3, 4, 7, 8, 9]);
  });

  it('are all that are left where there are fewer than eight', () => {
    expect(chooseProbes([0, 8], [0, 10], true)).toEqual({ indices: [8, 9], seenInCalibration: false });
  });

  it('calibrate, and say so, where none is left', () => {
    expect(chooseProbes([0, 16], [0, 16], true)).toEqual({
      indices: [1, 9, 5, 13, 3, 7, 11, 15],
      seenInCalibration: true,
    });
  });

  it('may have the index of a calibration sample of other data', () => {
    expect(chooseProbes([0, 16], [0, 16], false).seenInCalibration).toBe(false);
  });

  it('are none of no data', () => {
    expect(chooseProbes([0, 4], [7, 7], true)).toEqual({ indices: [], seenInCalibration: false });
  });

  it('lie inside the evaluation range, each once, whatever the ranges', () => {
    const range = fc
      .tuple(fc.nat(3000), fc.nat(3000))
      .map(([from, length]): [number, number] => [from, from + length]);
    fc.assert(
      fc.property(range, range, fc.boolean(), (calibration, evaluation, same) => {
        const { indices, seenInCalibration } = chooseProbes(calibration, evaluation, same);
        const inside = (i: number, [from, to]: [number, number]) => i >= from && i < to;
        expect(new Set(indices).size).toBe(indices.length);
        expect(indices.length).toBeLessThanOrEqual(8);
        expect(indices.length > 0).toBe(evaluation[1] > evaluation[0]);
        expect(indices.every((i) => inside(i, evaluation))).toBe(true);
        if (same) expect(indices.every((i) => inside(i, calibration) === seenInCalibration)).toBe(true);
      }),
    );
  });
});
