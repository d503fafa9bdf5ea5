import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chooseProbes } from '../../../src/attribution/probes.ts';

describe('probe samples', () => {
  it('are eight, evenly spaced over the evaluation data', () => {
    expect(chooseProbes([0, 500], [500, 2500], true)).toEqual({
      indices: [625, 875, 1125, 1375, 1625, 1875, 2125, 2375],
      seenInCalibration: false,
    });
  });

  it('do not calibrate', () => {
    expect(chooseProbes([0, 6], [0, 20], true).indices).toEqual([6, 8, 10, 12, 13, 15, 17, 19]);
    expect(chooseProbes([5, 7], [0, 10], true).indices).toEqual([0, 1, 2, 3, 4, 7, 8, 9]);
  });

  it('are all that are left where there are fewer than eight', () => {
    expect(chooseProbes([0, 8], [0, 10], true)).toEqual({ indices: [8, 9], seenInCalibration: false });
  });

  it('calibrate, and say so, where none is left', () => {
    expect(chooseProbes([0, 16], [0, 16], true)).toEqual({
      indices: [1, 3, 5, 7, 9, 11, 13, 15],
      seenInCalibration: true,
    });
  });

  it('may have the index of a calibration sample of other data', () => {
    expect(chooseProbes([0, 16], [0, 16], false).seenInCalibration).toBe(false);
  });

  it('are none of no data', () => {
    expect(chooseProbes([0, 4], [7, 7], true)).toEqual({ indices: [], seenInCalibration: false });
  });

  it('ascend inside the evaluation range, whatever the ranges', () => {
    const range = fc
      .tuple(fc.nat(3000), fc.nat(3000))
      .map(([from, length]): [number, number] => [from, from + length]);
    fc.assert(
      fc.property(range, range, fc.boolean(), (calibration, evaluation, same) => {
        const { indices, seenInCalibration } = chooseProbes(calibration, evaluation, same);
        const inside = (i: number, [from, to]: [number, number]) => i >= from && i < to;
        expect(indices).toEqual([...new Set(indices)].toSorted((a, b) => a - b));
        expect(indices.length).toBeLessThanOrEqual(8);
        expect(indices.length > 0).toBe(evaluation[1] > evaluation[0]);
        expect(indices.every((i) => inside(i, evaluation))).toBe(true);
        if (same) expect(indices.every((i) => inside(i, calibration) === seenInCalibration)).toBe(true);
      }),
    );
  });
});
