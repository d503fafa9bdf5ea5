import { describe, expect, it } from 'vitest';
import {
  asymmetricGrid,
  fakeQuantize,
  gridParams,
  quantParams,
  symmetricGrid,
} from '../../../src/numerics/grid.ts';
import { bitsOf, bitUse, DB_PER_BIT, spanOf } from '../../../src/quantization/bit-use.ts';
import { channelPrecision, weightBitUse } from '../../../src/quantization/weight-bit-use.ts';
import { histogramsOf } from '../../support/histograms.ts';
import { noise } from '../../support/models.ts';

describe('effective bits', () => {
  it('are half the logarithm to base 2 of signal over noise: a bit for each 6.0206 dB', () => {
    expect(DB_PER_BIT).toBeCloseTo(6.0206, 4);
    expect(bitsOf({ signal: 4 ** 8, noise: 1, best: 1 }, 8).effectiveBits).toBeCloseTo(8, 10);
    expect(bitsOf({ signal: 4 ** 8, noise: 4, best: 1 }, 8).effectiveBits).toBeCloseTo(7, 10);
  });

  it('are no more than the grid has', () => {
    expect(bitsOf({ signal: 4 ** 12, noise: 1, best: 1 }, 8).effectiveBits).toBe(8);
  });

  it('are lost beside the best, never gained, and not counted beside a best without noise', () => {
    expect(bitsOf({ signal: 1, noise: 4 ** -3, best: 4 ** -5 }, 8).bitsLost).toBeCloseTo(2, 10);
    expect(bitsOf({ signal: 1, noise: 4 ** -5, best: 4 ** -3 }, 8).bitsLost).toBe(0);
    expect(bitsOf({ signal: 1, noise: 4 ** -5, best: 0 }, 8).bitsLost).toBe(0);
  });
});

describe('the span', () => {
  const grid = asymmetricGrid(4, false);
  const params = gridParams(0.5, 8, grid); // [−4, 3.5]

  it('is the logarithm of the codes between the least and the greatest value', () => {
    expect(spanOf({ alpha: -1, beta: 0.5 }, params, grid)).toBe(2);
    expect(spanOf({ alpha: -4, beta: 3.5 }, params, grid)).toBe(4);
  });

  it('ends where the grid ends, and is none of values beyond', () => {
    expect(spanOf({ alpha: -9, beta: 9 }, params, grid)).toBe(4);
    expect(spanOf({ alpha: -9, beta: -3.5 }, params, grid)).toBe(1);
    expect(spanOf({ alpha: 3, beta: 9 }, params, grid)).toBe(1);
    expect(spanOf({ alpha: 5, beta: 9 }, params, grid)).toBe(0);
    expect(spanOf({ alpha: -9, beta: -5 }, params, grid)).toBe(0);
  });
});

describe('bit use of an activation', () => {
  it('is that of the values themselves where these are few', () => {
    const grid = asymmetricGrid(8, false);
    // Bins are 2^-10 wide and hold one value each: −1 and 3 as ends of the range, 0 as zero.
    const use = bitUse(
      histogramsOf({ x: Float32Array.of(-1, 0, 0, 3) }).get('x')!,
      gridParams(1 / 64, 64, grid),
      grid,
    )!;
    // The grid ends at 191/64, 1/64 short of 3: noise 1/64² beside a signal of 1 + 9.
    expect(use.effectiveBits).toBeCloseTo(Math.log2(10 * 64 ** 2) / 2, 10);
    expect(use.clipShare).toBe(1);
    expect(use.clipped).toBe(1 / 4);
    expect(use.span).toBe(8);
    expect(use.observed).toEqual({ alpha: -1, beta: 3 });
  });

  it('loses what the best range would keep, the noise of clipping included', () => {
    const grid = asymmetricGrid(4, false);
    const values = noise(20_000).map((x) => 4 * x ** 5);
    const histogram = histogramsOf({ x: values }).get('x')!;
    const use = bitUse(histogram, quantParams({ alpha: -4, beta: 4 }, grid), grid)!;
    const best = bitUse(histogram, quantParams(use.best, grid), grid)!;
    expect(best.clipShare).toBeGreaterThan(0.1);
    expect(use.bitsLost).toBeCloseTo(best.effectiveBits - use.effectiveBits, 9);
    expect(use.beyondBest).toBe(best.clipped);
  });

  it('has a best range that holds zero', () => {
    const grid = asymmetricGrid(8, false);
    const away = Float32Array.from({ length: 1000 }, (_, i) => 2 + i / 999);
    for (const [values, range] of [
      [away, { alpha: 0, beta: 3.3 }],
      [away.map((x) => -x), { alpha: -3.3, beta: 0 }],
    ] as const) {
      const { best } = bitUse(histogramsOf({ x: values }).get('x')!, quantParams(range, grid), grid)!;
      expect(best.alpha).toBeLessThanOrEqual(0);
      expect(best.beta).toBeGreaterThanOrEqual(0);
      expect(best.beta - best.alpha).toBeCloseTo(3, 1);
    }
  });
});

describe('bit use of a weight', () => {
  const grid = symmetricGrid(4, { restricted: true });
  const values = Float32Array.of(1, 0.5, -0.25, 0.3125);

  it('is that of its own values', () => {
    const params = [gridParams(0.125, 0, grid)];
    const data = Float32Array.of(0.875, 0.5, -0.25, 0.25);
    const weight = { grid, axis: null, params, data, dims: [2, 2] };
    const use = weightBitUse(values, weight, 0, 'half-to-even')!;
    const [signal, noise] = [361 / 256, 5 / 256];
    expect(use.effectiveBits).toBeCloseTo(Math.log2(signal / noise) / 2, 10);
    expect(use.span).toBe(Math.log2(10));
    expect(use).toMatchObject({ clipShare: 0.8, clipped: 1 / 4, observed: { alpha: -0.25, beta: 1 } });
    expect(use.channelPrecision).toEqual({
      channels: 2,
      leastBits: 4 + Math.log2(0.5625 / 1.25),
      medianBits: 4 + Math.log2(0.5625 / 1.25),
      under4Bits: 2,
    });
  });

  it.each([
    { dims: [2, 2], axis: 0, channel: 1 },
    { dims: [2, 2], axis: 1, channel: 0 },
    { dims: [1, 2, 2], axis: 1, channel: 1 },
    { dims: [2, 2, 1], axis: 1, channel: 0 },
  ])('counts for each channel of $dims along $axis what its own grid clips', ({ dims, axis, channel }) => {
    const own = Float32Array.of(0.25, 0.25, 0.5, 0.25);
    const useWith = (clipping: number) => {
      // That channel's grid reaches to 0.4375, the other's to 1.75.
      const params = [0, 1].map((each) => gridParams(each === clipping ? 0.0625 : 0.25, 0, grid));
      const weight = { grid, axis, params, data: new Float32Array(4), dims };
      return weightBitUse(own, weight, axis, 'half-to-even')!;
    };
    const use = useWith(channel);
    expect(use.clipped).toBe(1 / 4);
    expect(use.clipShare).toBeCloseTo(0.0625 ** 2 / (0.5 ** 2 + 3 * 0.25 ** 2), 10);
    // The channel of 0.5 spans 3 steps of 1/16; the other one holds a single value.
    expect(use.span).toBe(2);
    expect(use.channelPrecision).toBeUndefined();
    expect(useWith(1 - channel)).toMatchObject({ clipped: 0, clipShare: 0 });
  });

  it('of a tensor is measured beside the best pair of ends, of which it may clip one alone', () => {
    const uint4 = asymmetricGrid(4, false);
    const tensor = Float32Array.from({ length: 2001 }, (_, i) => (i === 2000 ? 1.5 : i / 1750 - 1));
    const quantizedBy = (alpha: number, beta: number) => {
      const params = [quantParams({ alpha, beta }, uint4)];
      const data = new Float32Array(tensor.length);
      fakeQuantize(tensor, data, params[0], { grid: uint4, rounding: 'half-to-even' });
      return { params, data, noise: tensor.reduce((sum, x, i) => sum + (x - data[i]) ** 2, 0) };
    };
    const shares = Array.from({ length: 41 }, (_, i) => i / 40);
    const best = Math.min(...shares.flatMap((a) => shares.map((b) => quantizedBy(-a, 1.5 * b).noise)));
    const { params, data, noise: own } = quantizedBy(-1, 1.5);
    const use = weightBitUse(
      tensor,
      { grid: uint4, axis: null, params, data, dims: [2001] },
      0,
      'half-to-even',
    )!;
    expect(Math.log2(own / best) / 2).toBeGreaterThan(0.2);
    expect(use.bitsLost).toBeCloseTo(Math.log2(own / best) / 2, 1);
    expect(use.beyondBest).toBeGreaterThanOrEqual(1 / 2001);
  });

  it('is undefined for zeros, whatever they became', () => {
    const weight = {
      grid,
      axis: null,
      params: [gridParams(1, 0, grid)],
      data: Float32Array.of(1, 0),
      dims: [2],
    };
    expect(weightBitUse(new Float32Array(2), weight, 0, 'half-to-even')).toBeUndefined();
  });

  it('does not count what lies beyond the last code by a rounding of the scale', () => {
    const scale = 0.125 * (1 - 1e-5);
    const weight = {
      grid,
      axis: null,
      params: [gridParams(scale, 0, grid)],
      data: new Float32Array(2),
      dims: [2],
    };
    const use = weightBitUse(Float32Array.of(0.875, -0.875), weight, 0, 'half-to-even')!;
    expect(use).toMatchObject({ clipped: 0, clipShare: 0 });
    const further = Float32Array.of(0.875 + 2e-4, -0.875 - 2e-4);
    expect(weightBitUse(further, weight, 0, 'half-to-even')!.clipped).toBe(1);
  });
});

describe('the precision of channels', () => {
  const range = (alpha: number, beta: number) => ({ alpha, beta });

  it('is the bits of the grid less the logarithm of the tensor’s range over the channel’s', () => {
    const channels = [range(-4, 4), range(0, 2), range(-1, 0), range(0, 0.25), range(0.25, 0.5)];
    // 8, 6, 5, 3 and 4 bits.
    expect(channelPrecision(channels, 8)).toEqual({
      channels: 5,
      leastBits: 3,
      medianBits: 5,
      under4Bits: 1,
    });
  });

  it('is the lower middle one of an even count, and never below zero', () => {
    const channels = [range(-8, 8), range(0, 4), range(0, 2), range(0, 2 ** -20)];
    expect(channelPrecision(channels, 4)).toEqual({
      channels: 4,
      leastBits: 0,
      medianBits: 1,
      under4Bits: 3,
    });
  });
});
