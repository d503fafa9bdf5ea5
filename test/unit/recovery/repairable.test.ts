import { describe, expect, it } from 'vitest';
import { symmetricGrid } from '../../../src/numerics/grid.ts';
import { type Repairable, roundingProblem } from '../../../src/recovery/repairable.ts';

const grid = symmetricGrid(8, { restricted: true });
const params = [{ scale: 1, zeroPoint: 0, alpha: -127, beta: 127 }];

function layerSeen(places: number): Repairable {
  const moments = {
    h: Float64Array.of(2, 1, 1, 2),
    k: Float64Array.of(2, 1.5, 0.5, 2),
    mean: Float64Array.of(1, 0),
    quantizedMean: Float64Array.of(1, 0.5),
    places,
  };
  return {
    form: { groups: 1, rows: 1, depth: 2, places: Int32Array.of(1, 0), channels: Int32Array.of(0) },
    weight: Float32Array.of(3, 4),
    bias: undefined,
    chosen: { grid, dims: [1, 2], axis: null, params, data: Float32Array.of(3, 4) },
    onto: { grid, rounding: 'half-to-even' },
    repairing: [moments],
    apart: [moments],
  };
}

describe('the rounding of a group', () => {
  it('is of its own weights, and of what the layer reads', () => {
    const { weights, h, k } = roundingProblem(layerSeen(100), params, 0, 'whole');
    expect([...weights]).toEqual([4, 3]);
    expect([...h]).toEqual([2, 1, 1, 2]);
    expect([...k]).toEqual([2, 1.5, 0.5, 2]);
  });

  it('leaves to the bias what it takes up', () => {
    const { h, k } = roundingProblem(layerSeen(100), params, 0, 'centred');
    expect([...h]).toEqual([1, 0.5, 0.5, 1.75]);
    expect([...k]).toEqual([1, 1, 0.5, 2]);
  });

  it('believes little of what few places say of two inputs together, and all of what they say of one', () => {
    const { h, k } = roundingProblem(layerSeen(1), params, 0, 'whole');
    expect([...h]).toEqual([2, 0.25, 0.25, 2]);
    expect([...k]).toEqual([2, 0.375, 0.125, 2]);
    expect([...roundingProblem(layerSeen(4), params, 0, 'whole').h]).toEqual([2, 1, 1, 2]);
  });
});
