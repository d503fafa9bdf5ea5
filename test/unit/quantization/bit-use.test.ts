import { describe, expect, it } from 'vitest';
import { quantizeWeights } from '../../../src/numerics/channels.ts';
import { asymmetricGrid, quantParams, symmetricGrid } from '../../../src/numerics/grid.ts';
import { bitUse } from '../../../src/quantization/bit-use.ts';
import { channelPrecision, weightBitUse } from '../../../src/quantization/weight-bit-use.ts';
import { histogramsOf } from '../../support/histograms.ts';
import { noise } from '../../support/models.ts';

const uint8 = asymmetricGrid(8, false);
const histogramOf = (values: Float32Array) => histogramsOf({ x: values }).get('x')!;
const useOf = (values: Float32Array, alpha: number, beta: number) =>
  bitUse(histogramOf(values), quantParams({ alpha, beta }, uint8), uint8);

describe('bit use of an activation', () => {
  const uniform = noise(50_000);

  it('is all bits of the grid for evenly spread values in their own range', () => {
    const use = useOf(uniform, -1, 1)!;
    expect(use.effectiveBits).toBeCloseTo(8, 1);
    expect(use.bitsLost).toBeLessThan(0.01);
    expect(use.span).toBeCloseTo(8, 2);
    // The zero point is a whole number, so one end of the grid may lie up to half a step inside.
    expect(Math.max(use.clipped, use.beyondBest)).toBeLessThan(0.005);
  });

  it('loses and spans a bit less for each doubling of the range', () => {
    for (const bits of [1, 2, 3]) {
      const use = useOf(uniform, -(2 ** bits), 2 ** bits)!;
      expect(use.bitsLost).toBeCloseTo(bits, 1);
      expect(use.span).toBeCloseTo(8 - bits, 1);
    }
  });

  it('says which share of the values sets a range that is too wide, and the better range', () => {
    const values = noise(50_000);
    values[0] = -3;
    values[1] = 3;
    const uint4 = asymmetricGrid(4, false);
    const use = bitUse(histogramOf(values), quantParams({ alpha: -3, beta: 3 }, uint4), uint4)!;
    expect(use.bitsLost).toBeGreaterThan(1);
    expect(use.beyondBest).toBeGreaterThanOrEqual(2 / 50_000);
    expect(use.beyondBest).toBeLessThan(0.05);
    expect(use.best.beta).toBeLessThan(1.2);
    expect(use.observed).toEqual({ alpha: -3, beta: 3 });
  });

  it('is told of all values but the accidental few that have nearly all of the power', () => {
    const values = noise(50_000);
    values[0] = -1000;
    const use = useOf(values, -1000, 1)!;
    expect(use.effectiveBits).toBeLessThan(1);
    expect(use.bitsLost).toBeGreaterThan(6);
    expect(use.beyondBest).toBeLessThan(0.1);
    expect(use.best.alpha).toBeGreaterThan(-2);
    expect(use.observed.alpha).toBe(-1000);
    const cured = bitUse(histogramOf(values), quantParams(use.best, uint8), uint8)!;
    expect(cured.bitsLost).toBeLessThan(0.05);
    expect(cured.clipShare).toBeLessThan(0.5);
  });

  it('counts values far off when they are more than a few', () => {
    const values = noise(50_000).map((x, i) => (i % 100 === 0 ? 100 : x));
    expect(useOf(values, -1, 100)!.bitsLost).toBeLessThan(0.3);
  });

  it('says which share of the values a range clips', () => {
    const use = useOf(uniform, -0.5, 0.5)!;
    expect(use.clipped).toBeCloseTo(0.5, 2);
    expect(use.clipShare).toBeGreaterThan(0.99);
  });

  it('is undefined without signal and without noise', () => {
    expect(useOf(new Float32Array(10), 0, 1)).toBeUndefined();
    expect(useOf(Float32Array.from([1, 1, 1]), 0, 255)).toBeUndefined();
    expect(useOf(new Float32Array(0), 0, 1)).toBeUndefined();
  });
});

describe('bit use of a weight', () => {
  const dims = [4, 64];
  const weightUse = (values: Float32Array, axis: number | null, bits = 8) => {
    const grid = symmetricGrid(bits, { restricted: true });
    const { data, params } = quantizeWeights(
      values,
      { dims, axis },
      { grid, rounding: 'half-to-even' },
      'max',
    );
    return weightBitUse(values, { grid, axis, params, data, dims }, 0, 'half-to-even');
  };

  it('tells how many bits the channels keep of one scale for the tensor', () => {
    const values = noise(256).map((x, i) => (i % 64 === 0 ? 1 : x) * 2 ** (-2 * Math.floor(i / 64)));
    const use = weightUse(values, null)!;
    expect(use.channelPrecision).toMatchObject({ channels: 4, under4Bits: 1 });
    expect(use.channelPrecision!.leastBits).toBeCloseTo(2, 1);
    expect(use.channelPrecision!.medianBits).toBeCloseTo(4, 1);
    expect(weightUse(values, 0)!.channelPrecision).toBeUndefined();
  });

  it('counts bits lost beside the exhaustive search, for a tensor and for channels', () => {
    const values = noise(256).map((x) => x * 0.2);
    values[7] = 0.4;
    for (const axis of [null, 0]) {
      const use = weightUse(values, axis, 4)!;
      expect(use.bitsLost, `axis ${axis}`).toBeGreaterThan(0.1);
      expect(use.beyondBest, `axis ${axis}`).toBeGreaterThanOrEqual(1 / 256);
      expect(use).toMatchObject({ clipped: 0, clipShare: 0, observed: { beta: Math.fround(0.4) } });
    }
  });

  it('is undefined for zeros and for values on the grid, and leaves dead channels out', () => {
    expect(weightUse(new Float32Array(256), null)).toBeUndefined();
    expect(
      weightUse(
        Float32Array.from({ length: 256 }, (_, i) => (i % 2 ? 1 : -1)),
        0,
      ),
    ).toBeUndefined();
    const zero = { alpha: 0, beta: 0 };
    expect(channelPrecision([zero, zero], 8)).toBeUndefined();
    expect(channelPrecision([zero, { alpha: -1, beta: 0.5 }, { alpha: 0.25, beta: 0.75 }], 8)).toEqual({
      channels: 2,
      leastBits: 8 + Math.log2(0.75 / 1.75),
      medianBits: 8 + Math.log2(0.75 / 1.75),
      under4Bits: 0,
    });
  });

  it('has the bits of the grid for evenly spread values', () => {
    expect(weightUse(noise(256), 0)!.effectiveBits).toBeCloseTo(8, 0);
  });
});
