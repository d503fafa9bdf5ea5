import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  asymmetricGrid,
  dequantizeValue,
  fakeQuantize,
  type Grid,
  quantizeValue,
  quantParams,
  symmetricGrid,
} from '../../../src/numerics/grid.ts';

const int8 = symmetricGrid(8, { restricted: false });
const uint8 = asymmetricGrid(8, false);
const example = { alpha: -1.2, beta: 3.4 };

const anyGrid: fc.Arbitrary<Grid> = fc.oneof(
  fc
    .record({ bits: fc.integer({ min: 2, max: 16 }), restricted: fc.boolean() })
    .map((g) => symmetricGrid(g.bits, g)),
  fc
    .record({ bits: fc.integer({ min: 2, max: 16 }), signed: fc.boolean() })
    .map((g) => asymmetricGrid(g.bits, g.signed)),
);
const value = fc.float({ noNaN: true, min: -1000, max: 1000 });
const anyRange = fc.tuple(value, value).map(([a, b]) => ({ alpha: Math.min(a, b), beta: Math.max(a, b) }));

describe('grids', () => {
  it('have the integers of their targets', () => {
    expect(symmetricGrid(8, { restricted: true })).toMatchObject({ qmin: -127, qmax: 127 });
    expect(symmetricGrid(4, { restricted: false })).toMatchObject({ qmin: -8, qmax: 7 });
    expect(asymmetricGrid(8, true)).toMatchObject({ qmin: -128, qmax: 127 });
    expect(asymmetricGrid(16, false)).toMatchObject({ qmin: 0, qmax: 65535 });
  });

  it.each([1, 17, 7.5, NaN])('refuse %d bits', (bits) => {
    expect(() => symmetricGrid(bits, { restricted: true })).toThrow('use a whole number from 2 to 16');
  });
});

describe('quantParams', () => {
  it('gives the TensorRT scale of [-1.2, 3.4]', () => {
    const { scale, zeroPoint } = quantParams(example, int8);
    const bytes = Buffer.alloc(4);
    bytes.writeFloatBE(scale);
    expect([bytes.toString('hex'), zeroPoint]).toEqual(['3cdb503a', 0]);
  });

  it('gives the ONNX, QNN and int8 zero points of [-1.2, 3.4]', () => {
    const params = quantParams(example, uint8);
    expect(params.scale).toBe(Math.fround(0.018039215686));
    expect(params.zeroPoint).toBe(67);
    expect(params.alpha).toBeCloseTo(-1.208627451, 7);
    expect(params.beta).toBeCloseTo(3.391372549, 6);
    expect(quantParams(example, asymmetricGrid(8, true)).zeroPoint).toBe(-61);
  });

  it('represents one more negative step where the grid has it (AIMET, non-strict)', () => {
    const params = quantParams(example, int8);
    expect(params.alpha).toBeCloseTo(-3.4267716535, 6);
    expect(params.beta).toBeCloseTo(3.4, 6);
  });

  it('gives a dead channel a defined scale', () => {
    const dead = { alpha: 0, beta: 0 };
    expect(quantParams(dead, int8)).toMatchObject({ scale: 1, zeroPoint: 0 });
    expect(quantParams(dead, uint8)).toMatchObject({ scale: 1, zeroPoint: 0 });
    expect(quantParams({ alpha: 0, beta: 1e-40 }, uint8).scale).toBe(1);
  });

  it('knows no absolute epsilon', () => {
    expect(quantParams({ alpha: 0, beta: 255e-30 }, uint8).scale).toBe(Math.fround(1e-30));
  });

  it.each([
    { alpha: NaN, beta: 1 },
    { alpha: 0, beta: Infinity },
    { alpha: 2, beta: 1 },
  ])('refuses $alpha to $beta', (range) => {
    expect(() => quantParams(range, uint8)).toThrow('is not a range');
  });

  it('represents zero exactly', () => {
    fc.assert(
      fc.property(anyRange, anyGrid, (range, grid) => {
        const params = quantParams(range, grid);
        expect(params.zeroPoint).toBeGreaterThanOrEqual(grid.qmin);
        expect(params.zeroPoint).toBeLessThanOrEqual(grid.qmax);
        expect(dequantizeValue(quantizeValue(0, params, grid, 'half-to-even'), params)).toBe(0);
      }),
    );
  });

  it('never takes a smaller step for a wider range', () => {
    fc.assert(
      fc.property(anyRange, fc.float({ min: 1, max: 4, noNaN: true }), anyGrid, (range, factor, grid) => {
        const wider = { alpha: range.alpha * factor, beta: range.beta * factor };
        fc.pre(quantParams(range, grid).scale !== 1);
        expect(quantParams(wider, grid).scale).toBeGreaterThanOrEqual(quantParams(range, grid).scale);
      }),
    );
  });
});

describe('quantizing', () => {
  it('is off by half a step at most inside the range, and lands on an end outside', () => {
    fc.assert(
      fc.property(anyRange, anyGrid, value, (range, grid, x) => {
        const params = quantParams(range, grid);
        const back = dequantizeValue(quantizeValue(x, params, grid, 'half-to-even'), params);
        const nearest = Math.min(Math.max(x, params.alpha), params.beta);
        const slack = 2 ** -22 * Math.max(Math.abs(params.alpha), params.beta);
        const allowed = x === nearest ? params.scale / 2 : 0;
        expect(Math.abs(back - nearest)).toBeLessThanOrEqual(allowed + slack);
      }),
    );
  });

  it('divides in float32, as QuantizeLinear does', () => {
    const params = { scale: Math.fround(0.1), zeroPoint: 0, alpha: -12.8, beta: 12.7 };
    const x = Math.fround(0.25);
    expect(x / params.scale).toBeLessThan(2.5);
    expect(quantizeValue(x, params, int8, 'half-away-from-zero')).toBe(3);
    expect(quantizeValue(x, params, int8, 'half-to-even')).toBe(2);
  });

  it('fakes what quantizing and dequantizing one by one do', () => {
    fc.assert(
      fc.property(
        fc.float32Array({ noNaN: true }),
        anyRange,
        anyGrid,
        fc.constantFrom('half-to-even' as const, 'half-away-from-zero' as const, 'half-up' as const),
        (data, range, grid, rounding) => {
          const params = quantParams(range, grid);
          const output = new Float32Array(data.length);
          fakeQuantize(data, output, params, { grid, rounding });
          const codes = Array.from(data, (x) => quantizeValue(x, params, grid, rounding));
          expect(Array.from(output)).toEqual(codes.map((q) => dequantizeValue(q, params)));
        },
      ),
    );
  });
});
