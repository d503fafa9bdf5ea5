import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cutOf, htpRegrid, htpSum, narrowed, withSignificantBits } from '../../../src/numerics/htp.ts';

describe('a number with few significant bits', () => {
  it.each([
    [1 / 100, 11, 1311 / 2 ** 17],
    [1 / 180, 11, 1456 / 2 ** 18],
    [1 / 180, 12, 2913 / 2 ** 19],
    [0.25, 11, 0.25],
    [2049 / 2048, 11, 1025 / 1024],
  ])('%f of %d bits is %f', (x, bits, rounded) => {
    expect(withSignificantBits(x, bits)).toBe(rounded);
  });

  it('is within half of its last bit', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 1e-9, max: 1e9, noNaN: true }),
        fc.integer({ min: 2, max: 24 }),
        (x, bits) => {
          expect(Math.abs(withSignificantBits(x, bits) / x - 1)).toBeLessThanOrEqual(2 ** -bits);
        },
      ),
    );
  });
});

describe('what a sum is cut to', () => {
  it.each([
    [100, 8],
    [128, 16],
    [255.9, 16],
    [256, 32],
    [1000, 64],
    [2, 1 / 4],
  ])('at %d units a step is %d', (perStep, cut) => {
    expect(cutOf(perStep)).toBe(cut);
  });
});

describe('weights of nine bits', () => {
  it('stay as they are where eight hold them', () => {
    const { ratio, narrow } = narrowed(-128, 127);
    expect(ratio).toBe(1);
    expect([-128, -1, 0, 127].map(narrow)).toEqual([-128, -1, 0, 127]);
  });

  // Measured on Qualcomm's library: 92 of 132 is 89 there, 44 of 138 is 41, 101 of 227 is 56, halves go away from zero.
  it.each([
    [-117, 132, 2129 / 2048, 92, 89],
    [-117, 138, 2225 / 2048, 44, 41],
    [-10, 227, 3661 / 2048, 101, 56],
    [0, 254, 2, 101, 51],
    [-200, 55, 3200 / 2048, -200, -128],
  ])('of %d to %d have a step %f times theirs', (least, most, ratio, weight, integer) => {
    const found = narrowed(least, most);
    expect(found.ratio).toBe(ratio);
    expect(found.narrow(weight)).toBe(integer);
  });

  it('end within eight bits', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 255 }), (zero) => {
        const { narrow } = narrowed(-zero, 255 - zero);
        expect(narrow(255 - zero)).toBeLessThanOrEqual(127);
        expect(narrow(-zero)).toBeGreaterThanOrEqual(-128);
      }),
    );
  });
});

describe('codes on another grid', () => {
  const params = (scale: number) => ({ scale, zeroPoint: 7, alpha: 0, beta: 0 });

  it('are multiplied by 15 bits, and rounded twice where their steps are less than half as large', () => {
    expect(htpRegrid(params(3), params(3))).toEqual({ factor: 1, steps: undefined });
    expect(htpRegrid(params(1), params(2), true)).toEqual({ factor: 0.5, steps: 64 });
    expect(htpRegrid(params(1), params(2))).toEqual({ factor: 0.5, steps: undefined });
    expect(htpRegrid(params(1), params(3))).toEqual({ factor: 21845 / 2 ** 16, steps: 128 });
  });
});

describe('a sum of two activations', () => {
  const params = (scale: number, zeroPoint: number) => ({ scale, zeroPoint, alpha: 0, beta: 0 });

  it('is that of real numbers, halves up, where factors have few bits', () => {
    const { first, second, raised } = htpSum(params(0.5, 128), params(0.25, 0), params(1, 128));
    expect({ first, second, raised }).toEqual({ first: 0.5, second: 0.25, raised: 0.5 });
  });

  it('is a difference by the second one’s sign', () => {
    const { first, second, raised } = htpSum(params(0.5, 128), params(0.25, 64), params(1, 128), -1);
    expect({ first, second, raised }).toEqual({ first: 0.5, second: -0.25, raised: 0.5 });
  });

  // The sum behind the second shortcut of resnet20: 116 zeros of 5600 / 4096 are 2537.5 of the steps that are left.
  it('has halves of what is added go down', () => {
    const { first, raised } = htpSum(
      params(0.045772477984428406, 116),
      params(0.025500964373350143, 0),
      params(0.03347767889499664, 0),
    );
    expect(first).toBe(5600 / 4096);
    expect(raised).toBe(116 * first - 2538 / 16 + 0.5);
  });

  it('is as far from it as 14 bits of both factors leave it otherwise', () => {
    const scale = fc.double({ min: 0.01, max: 1, noNaN: true });
    const code = fc.integer({ min: 0, max: 255 });
    fc.assert(
      fc.property(scale, scale, scale, code, code, code, code, (sa, sb, sy, za, zb, x, y) => {
        const { first, second, raised } = htpSum(params(sa, za), params(sb, zb), params(sy, 128));
        const real = ((x - za) * sa + (y - zb) * sb) / sy;
        const found = Math.floor((x - za) * first + (y - zb) * second + raised);
        const unit = (sa + sb) / sy / 2 ** 13;
        const left = ((Math.abs(x - za) + Math.abs(y - zb) + 256) * unit) / 2;
        expect(Math.abs(found - real)).toBeLessThan(0.5 + left + 1e-9);
      }),
    );
  });
});
