import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { asymmetricGrid, e4m3Grid, quantParams, symmetricGrid } from '../../../../src/numerics/grid.ts';
import { createHistogram, merge } from '../../../../src/numerics/histogram.ts';
import { rangeMethods } from '../../../../src/numerics/ranges/index.ts';
import { rangeKeeping } from '../../../../src/numerics/ranges/percentile.ts';
import { histogramOf, sample } from '../samples.ts';

const int8 = symmetricGrid(8, { restricted: true });
const uint8 = asymmetricGrid(8, false);
const methods = Object.entries(rangeMethods).map(([name, method]) => ({ name, ...method }));

describe.each(methods)('$name', (method) => {
  it('answers for anything that can be observed', () => {
    const grids = [int8, uint8, symmetricGrid(2, { restricted: true }), asymmetricGrid(16, true), e4m3Grid];
    fc.assert(
      fc.property(
        fc.float32Array({ noNaN: true, noDefaultInfinity: true }),
        fc.constantFrom(...grids),
        (data, grid) => {
          expect(quantParams(method.range(histogramOf(data), grid), grid).scale).toBeGreaterThan(0);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('gives nothing for zeros, and for nothing', () => {
    expect(method.range(createHistogram(), uint8)).toEqual({ alpha: 0, beta: 0 });
    expect(method.range(histogramOf(new Float32Array(9)), int8)).toEqual({ alpha: 0, beta: 0 });
  });

  it('does not depend on how a calibration was cut', () => {
    const data = sample(30_000, (s) => s.t3());
    const shards = [data.subarray(20_000), data.subarray(0, 7000), data.subarray(7000, 20_000)].map(
      histogramOf,
    );
    for (const shard of shards.slice(1)) merge(shards[0], shard);
    expect(method.range(shards[0], uint8)).toEqual(method.range(histogramOf(data), uint8));
  });

  it('follows the unit of the data', () => {
    const data = sample(20_000, (s) => s.laplace());
    const { alpha, beta } = method.range(histogramOf(data), uint8);
    const scaled = method.range(histogramOf(data.map((x) => x * 2 ** -40)), uint8);
    expect(scaled).toEqual({ alpha: alpha * 2 ** -40, beta: beta * 2 ** -40 });
  });
});

it('every method fits every target, but for the enhanced one of Qualcomm', () => {
  expect(methods.filter(({ fitsAll }) => !fitsAll).map(({ name }) => name)).toEqual(['enhanced']);
});

describe('percentile', () => {
  const ramp = histogramOf(Float32Array.from({ length: 10_001 }, (_, i) => i / 100 - 20));

  it('cuts half of the rest from either side of an asymmetric grid', () => {
    const { alpha, beta } = rangeKeeping(0.9, ramp, uint8);
    expect(alpha).toBeCloseTo(-15, 1);
    expect(beta).toBeCloseTo(75, 1);
  });

  it('takes the magnitude on a symmetric grid', () => {
    const { alpha, beta } = rangeKeeping(0.9, ramp, int8);
    expect(beta).toBeCloseTo(70, 1);
    expect(alpha).toBe(-beta);
  });

  it('keeps everything at 100 %, and 99.999 % where nothing else is said', () => {
    expect(rangeKeeping(1, ramp, uint8)).toEqual({ alpha: -20, beta: 80 });
    expect(rangeMethods.percentile.range(ramp, uint8)).toEqual(rangeKeeping(99.999 / 100, ramp, uint8));
  });
});
