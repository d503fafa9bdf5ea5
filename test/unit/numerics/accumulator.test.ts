import { describe, expect, it } from 'vitest';
import { headroomBits, worstAccumulator } from '../../../src/numerics/accumulator.ts';

describe('the worst accumulator', () => {
  const codes = Float32Array.of(1, -2, 3, -4, 5, -6, 7, -8, 9, -10, 11, -12);

  it('is the largest sum of magnitudes of a channel, along any axis, times the largest input', () => {
    const along = (axis: number) => worstAccumulator(codes, { dims: [2, 3, 2], axis }, 10);
    expect(along(0)).toBe(10 * (7 + 8 + 9 + 10 + 11 + 12));
    expect(along(1)).toBe(10 * (5 + 6 + 11 + 12));
    expect(along(2)).toBe(10 * (2 + 4 + 6 + 8 + 10 + 12));
  });

  it('adds the magnitude of each channel’s own bias', () => {
    const shape = { dims: [2, 6], axis: 0 };
    expect(worstAccumulator(codes, shape, 1, Int32Array.of(3, -5))).toBe(57 + 5);
    expect(worstAccumulator(codes, shape, 1, Int32Array.of(-100, 5))).toBe(21 + 100);
  });

  it('takes the biases over and over for channels that repeat them', () => {
    expect(worstAccumulator(codes, { dims: [4, 3], axis: 0 }, 1, Int32Array.of(0, -7))).toBe(33 + 7);
  });

  it('of no weights is 0', () => {
    expect(worstAccumulator(new Float32Array(), { dims: [0, 3], axis: 0 }, 255)).toBe(0);
  });
});

it('the headroom is the bits between a magnitude and the largest that a signed accumulator holds', () => {
  expect(headroomBits(2 ** 31, 32)).toBe(0);
  expect(headroomBits(2 ** 20, 32)).toBe(11);
  expect(headroomBits(2 ** 33, 32)).toBe(-2);
  // All bits but the sign are spare where nothing is added up.
  expect(headroomBits(1, 32)).toBe(31);
  expect(headroomBits(0, 32)).toBe(31);
});
