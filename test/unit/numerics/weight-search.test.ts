import { describe, expect, it } from 'vitest';
import {
  channelRanges,
  dequantizeWeights,
  quantizeWeights,
  weightCodes,
} from '../../../src/numerics/channels.ts';
import {
  asymmetricGrid,
  fakeQuantize,
  type Grid,
  gridParams,
  quantParams,
  symmetricGrid,
} from '../../../src/numerics/grid.ts';
import { sample } from './samples.ts';

const rounding = 'half-to-even';

/** Every ratio from 1 to 0.2 in steps of 0.02, then those of 0.0025 around the best: no shortcut. */
function plainSearch(values: Float32Array, grid: Grid) {
  const [min, max] = [Math.min(...values), Math.max(...values)];
  const out = new Float32Array(values.length);
  let best = { ratio: 1, error: Infinity, scale: 0, zeroPoint: 0 };
  const attempt = (ratio: number) => {
    const params = quantParams({ alpha: min * ratio, beta: max * ratio }, grid);
    fakeQuantize(values, out, params, { grid, rounding });
    const error = values.reduce((sum, x, i) => sum + (x - out[i]) ** 2, 0);
    if (error < best.error) best = { ratio, error, scale: params.scale, zeroPoint: params.zeroPoint };
  };
  for (let ratio = 1; ratio > 0.2; ratio -= 0.02) attempt(ratio);
  const coarse = best.ratio;
  for (let offset = 0.0025; offset < 0.02; offset += 0.0025) {
    attempt(coarse - offset);
    if (coarse + offset <= 1) attempt(coarse + offset);
  }
  return best;
}

const int4 = symmetricGrid(4, { restricted: true });
const shapes: [string, Float32Array][] = [
  ['Gauss', sample(300, (s) => s.gauss())],
  ['Laplace', sample(300, (s) => s.laplace())],
  ['uniform', sample(300, (s) => s.uniform() - 0.5)],
  ['below zero', sample(300, (s) => -Math.abs(s.laplace()))],
  ['a value far out above', sample(300, (s, i) => (i === 7 ? 30 : s.gauss()))],
  ['a value far out below', sample(300, (s, i) => (i === 7 ? -9 : s.gauss()))],
  ['heavy tails', sample(300, (s) => s.t3())],
  // A tenth of the range would be better than a fifth, beyond which the search does not go.
  ['a value very far out', sample(10_000, (s, i) => (i === 7 ? 60 : s.gauss()))],
];

describe.each([
  ['int4', int4],
  ['int3', symmetricGrid(3, { restricted: false })],
  ['uint4', asymmetricGrid(4, false)],
  ['uint2', asymmetricGrid(2, false)],
])('the least squared error on %s', (_, grid) => {
  it.each(shapes)('is found as a search without shortcuts finds it: %s', (_shape, values) => {
    const { params } = quantizeWeights(
      values,
      { dims: [values.length], axis: null },
      { grid, rounding },
      'mse',
    );
    const { scale, zeroPoint } = plainSearch(values, grid);
    expect(params).toMatchObject([{ scale, zeroPoint }]);
  });
});

describe('the range of a channel of weights', () => {
  it('is that of its extremes where the method is max', () => {
    const values = Float32Array.of(0.1, -0.2, 0.3, 7);
    const quantizedBy = (method: 'max' | 'mse') =>
      quantizeWeights(values, { dims: [4], axis: null }, { grid: int4, rounding }, method).params[0].scale;
    expect(quantizedBy('max')).toBe(1);
    const tails = shapes[6][1];
    const { params } = quantizeWeights(tails, { dims: [300], axis: null }, { grid: int4, rounding }, 'max');
    expect(params[0].scale).toBe(Math.fround(Math.max(...tails.map(Math.abs)) / 7));
  });

  it('is [0, 0] of a channel without values', () => {
    const nothing = { alpha: 0, beta: 0 };
    expect(channelRanges(new Float32Array(), [2, 0], 0)).toEqual([nothing, nothing]);
    expect(channelRanges(new Float32Array(), [0], null)).toEqual([nothing]);
  });
});

it('codes become real values by the scale and the zero point of their channel', () => {
  const grid = asymmetricGrid(4, false);
  const params = [gridParams(0.5, 2, grid), gridParams(0.25, 8, grid), gridParams(2, 0, grid)];
  const codes = Float32Array.of(0, 2, 3, 8, 9, 0, 1, 2, 4, 12, 15, 1);
  const along = (dims: number[], axis: number) => [...dequantizeWeights(codes, { dims, axis }, params)];
  expect(along([3, 4], 0)).toEqual([-1, 0, 0.5, 3, 0.25, -2, -1.75, -1.5, 8, 24, 30, 2]);
  expect(along([4, 3], 1)).toEqual([-1, -1.5, 6, 3, 0.25, 0, -0.5, -1.5, 8, 5, 1.75, 2]);
  expect(along([2, 3, 2], 1)).toEqual([-1, 0, -1.25, 0, 18, 0, -0.5, 0, -1, 1, 30, 2]);
  const values = Float32Array.from(along([2, 3, 2], 1));
  expect(weightCodes(values, { dims: [2, 3, 2], axis: 1 }, params, { grid, rounding })).toEqual(codes);
});
