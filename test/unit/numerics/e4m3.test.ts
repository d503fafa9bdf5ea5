import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { e4m3Steps, fromE4m3, roundToE4m3, toE4m3 } from '../../../src/numerics/e4m3.ts';
import { e4m3Grid, fakeQuantize, quantizeValue, quantParams } from '../../../src/numerics/grid.ts';
// Of ml_dtypes 0.5 (float8_e4m3fn), agreed with QuantizeLinear of ONNX Runtime 1.32: every number, every tie and its
// neighbours, the float32 below every power of two, and values of every binade. [value, bits].
import golden from './golden/e4m3.json' with { type: 'json' };

const { values } = golden;
const rounded = golden.rounded as [value: number, bits: number][];

describe('numbers of E4M3', () => {
  it('are those of ml_dtypes, all 256', () => {
    const all = [...values, NaN, ...values.map((value) => -value), NaN];
    const bits = Array.from({ length: 256 }, (_, i) => i);
    expect([...fromE4m3(bits)]).toEqual(all);
    const kept = bits.map((each) => (each === 0xff ? 0x7f : each === 0x80 ? 0 : each));
    expect([...toE4m3(all)]).toEqual(kept);
    expect(values.map(e4m3Steps)).toEqual(values.map((_, i) => i));
  });

  it.each([1, -1])('are rounded to as ml_dtypes rounds, ties to even, sign %i', (sign) => {
    const wrong = rounded.filter(([value, bits]) => roundToE4m3(sign * value) !== sign * values[bits] + 0);
    expect(wrong).toEqual([]);
  });

  it('are the nearest, whatever is rounded', () => {
    fc.assert(
      fc.property(fc.double({ min: -448, max: 448, noNaN: true }), (x) => {
        const distance = Math.abs(roundToE4m3(x) - x);
        expect(values.every((value) => Math.abs(Math.sign(x) * value - x) >= distance)).toBe(true);
      }),
    );
  });
});

describe('a grid of E4M3', () => {
  const params = quantParams({ alpha: -112, beta: 56 }, e4m3Grid);

  it('is laid over the largest magnitude', () => {
    expect(params).toEqual({ alpha: -112, beta: 112, scale: 0.25, zeroPoint: 0 });
  });

  it('saturates', () => {
    const codes = [112, 116, 116.1, 1e30, -1e30].map((x) => quantizeValue(x, params, e4m3Grid, 'half-up'));
    expect(codes).toEqual([448, 448, 448, 448, -448]);
  });

  it('is the same by codes and by values', () => {
    const data = Float32Array.from(rounded, ([value]) => value / 4);
    const output = new Float32Array(data.length);
    fakeQuantize(data, output, params, { grid: e4m3Grid, rounding: 'half-to-even' });
    expect([...output]).toEqual(rounded.map(([, bits]) => values[bits] / 4));
  });
});
