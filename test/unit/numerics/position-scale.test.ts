import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { positionScale, positionScaleOffset, stepOf } from '../../../src/numerics/position-scale.ts';

describe('position and scale', () => {
  it('are those of mlu-ops for 3.4 and [-1.2, 3.4]', () => {
    const int8 = positionScale(3.4, 8);
    expect([int8.position, int8.offset]).toEqual([-5, 0]);
    expect(int8.scale).toBeCloseTo(1.1672794118, 10);
    const int16 = positionScale(3.4, 16);
    expect(int16.position).toBe(-13);
    expect(int16.scale).toBeCloseTo(1.1764346852, 10);
    const asymmetric = positionScaleOffset(-1.2, 3.4, 8);
    expect([asymmetric.position, asymmetric.offset]).toEqual([-5, -61]);
    expect(asymmetric.scale).toBeCloseTo(1.7323369565, 10);
  });

  it("are those of MagicMind's sample: int16 [-2, 2], and asymmetric int8 [-2, 1]", () => {
    expect(positionScale(2, 16).position).toBe(-13);
    expect(positionScale(2, 16).scale).toBeCloseTo(1.99994, 5);
    expect(positionScaleOffset(-2, 1, 8)).toEqual({ position: -6, scale: 1.328125, offset: 42 });
  });

  it('have the greatest scale at powers of two', () => {
    expect(positionScale(1, 8)).toEqual({ position: -6, scale: 1.984375, offset: 0 });
    expect(positionScale(2 ** -40, 8)).toEqual({ position: -46, scale: 1.984375, offset: 0 });
  });

  it('are 0 and 1 for what is all zeros, or so small that its step would be subnormal', () => {
    const zero = { position: 0, scale: 1, offset: 0 };
    expect([positionScale(0, 8), positionScale(1e-40, 8), positionScaleOffset(0, 0, 8)]).toEqual([
      zero,
      zero,
      zero,
    ]);
    expect(positionScaleOffset(-1e-40, 1e-40, 16)).toEqual(zero);
  });

  it('are not those of zeros for the least step that is not subnormal', () => {
    expect(positionScale(127 * 2 ** -126, 8)).toEqual({ position: -126, scale: 1, offset: 0 });
    expect(positionScaleOffset(0, 255 * 2 ** -126, 8)).toEqual({ position: -126, scale: 1, offset: -128 });
  });

  it('have the position of the power of two below, though the logarithm rounds up to the next', () => {
    const below = 2 ** 100 * (1 - 2 ** -53);
    expect(Math.log2(below)).toBe(100);
    expect(positionScale(below, 8).position).toBe(99 - 6);
    expect(positionScaleOffset(0, below, 8).position).toBe(99 - 7);
  });

  it('hold zero in ranges that do not', () => {
    expect(positionScaleOffset(1, 3.4, 8)).toEqual(positionScaleOffset(0, 3.4, 8));
    expect(positionScaleOffset(0, 3.4, 8).offset).toBe(-128);
    expect(positionScaleOffset(-3.4, -1, 8).offset).toBe(127);
  });

  it('keep the scale in (127/128, 127/64] and the step of any magnitude', () => {
    const absMax = fc.double({ min: 2 ** -110, max: 3e38, noNaN: true });
    fc.assert(
      fc.property(absMax, fc.integer({ min: 4, max: 16 }), (magnitude, bits) => {
        const { position, scale } = positionScale(magnitude, bits);
        const qmax = 2 ** (bits - 1) - 1;
        expect(position).toBeGreaterThanOrEqual(-128);
        expect(position).toBeLessThanOrEqual(127);
        expect(scale).toBeGreaterThan((qmax / 2 ** (bits - 1)) * (1 - 1e-15));
        expect(scale).toBeLessThanOrEqual((2 * qmax) / 2 ** (bits - 1));
        expect(stepOf({ position, scale })).toBe(Math.fround(magnitude / qmax));
      }),
    );
  });

  it.each([NaN, -1, Infinity])('refuse %d as a largest magnitude', (magnitude) => {
    expect(() => positionScale(magnitude, 8)).toThrow('is not a largest magnitude');
  });

  it.each([
    [NaN, 1],
    [1, -1],
    [0, Infinity],
  ])('refuse [%d, %d] as a range', (min, max) => {
    expect(() => positionScaleOffset(min, max, 8)).toThrow('is not a range');
  });
});
