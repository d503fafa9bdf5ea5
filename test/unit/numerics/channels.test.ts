import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { channelRanges, quantizeWeights, weightCodes } from '../../../src/numerics/channels.ts';
import { asymmetricGrid, fakeQuantize, quantParams, symmetricGrid } from '../../../src/numerics/grid.ts';
import { sample } from './samples.ts';

const rounding = 'half-to-even';
const int8 = symmetricGrid(8, { restricted: true });
const int4 = symmetricGrid(4, { restricted: true });

const squaredError = (a: Float32Array, b: Float32Array) => a.reduce((sum, x, i) => sum + (x - b[i]) ** 2, 0);

describe('channels', () => {
  const data = Float32Array.of(1, -2, 3, -4, 5, -6, 7, -8, 9, -10, 11, -12);

  it('are found along any axis', () => {
    const absMax = (axis: number | null) =>
      channelRanges(data, [2, 3, 2], axis).map(({ alpha, beta }) => Math.max(-alpha, beta));
    expect([absMax(0), absMax(1), absMax(2), absMax(null)]).toEqual([[6, 12], [8, 10, 12], [11, 12], [12]]);
    expect(channelRanges(data, [2, 6], 1)[0]).toEqual({ alpha: 1, beta: 7 });
  });

  it('take their own scales, and keep their places', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 2 }),
        fc.constantFrom('max' as const, 'mse' as const),
        (axis, method) => {
          const dims = [3, 4, 5];
          const weights = sample(60, ({ gauss }) => gauss());
          const { data: out, params } = quantizeWeights(
            weights,
            { dims, axis },
            { grid: int8, rounding },
            method,
          );
          const codes = weightCodes(weights, { dims, axis }, params, { grid: int8, rounding });
          const inner = dims.slice(axis + 1).reduce((a, b) => a * b, 1);
          const channelOf = (i: number) => Math.floor(i / inner) % dims[axis];
          expect(params).toHaveLength(dims[axis]);
          expect(Array.from(out)).toEqual(
            Array.from(codes, (q, i) => Math.fround(q * params[channelOf(i)].scale)),
          );
        },
      ),
    );
  });

  it('may be dead, or absent', () => {
    const { data: out, params } = quantizeWeights(
      Float32Array.of(0, 0, 1, 2),
      { dims: [2, 2], axis: 0 },
      { grid: int8, rounding },
      'mse',
    );
    expect(params[0]).toMatchObject({ scale: 1, zeroPoint: 0 });
    expect(Array.from(out.subarray(0, 2))).toEqual([0, 0]);
    expect(
      quantizeWeights(new Float32Array(), { dims: [0, 3], axis: 0 }, { grid: int8, rounding }, 'max').params,
    ).toEqual([]);
  });

  it('refuse NaN', () => {
    expect(() =>
      quantizeWeights(Float32Array.of(1, NaN), { dims: [2], axis: 0 }, { grid: int8, rounding }, 'max'),
    ).toThrow('not a range');
  });

  it('leave their input alone', () => {
    const weights = Float32Array.of(0.3, -0.7);
    quantizeWeights(weights, { dims: [2], axis: null }, { grid: int4, rounding }, 'mse');
    expect(weights).toEqual(Float32Array.of(0.3, -0.7));
  });
});

describe('ranges of least error for weights', () => {
  it.each([
    ['symmetric', int4],
    ['asymmetric', asymmetricGrid(4, false)],
  ])('are as good as the best of a fine scan, %s', (_, grid) => {
    const weights = sample(2000, ({ laplace }) => laplace() + 0.2);
    const { data } = quantizeWeights(weights, { dims: [2000], axis: null }, { grid, rounding }, 'mse');
    const [{ alpha, beta }] = channelRanges(weights, [2000], null) as [{ alpha: number; beta: number }];
    let best = Infinity;
    for (let ratio = 1; ratio > 0.2; ratio -= 0.001) {
      const out = new Float32Array(2000);
      fakeQuantize(weights, out, quantParams({ alpha: alpha * ratio, beta: beta * ratio }, grid), {
        grid,
        rounding,
      });
      best = Math.min(best, squaredError(weights, out));
    }
    expect(squaredError(weights, data)).toBeLessThan(best * 1.01);
  });
});
