import { describe, expect, it } from 'vitest';
import {
  asymmetricGrid,
  type Grid,
  quantParams,
  type Range,
  symmetricGrid,
} from '../../../../src/numerics/grid.ts';
import type { Histogram } from '../../../../src/numerics/histogram.ts';
import { quantizationError } from '../../../../src/numerics/quantization-error.ts';
import { enhanced } from '../../../../src/numerics/ranges/enhanced.ts';
import { histogramOf, sample } from '../samples.ts';

/** The first of ranges of least cost, as AIMET's TfEnhancedEncodingAnalyzer weighs it. */
function cheapest(h: Histogram, ranges: readonly Range[], grid: Grid): Range {
  const costs = ranges.map((range) => {
    const { round, clip } = quantizationError(h, quantParams(range, grid), grid);
    return round + 3 * clip;
  });
  return ranges[costs.indexOf(Math.min(...costs))];
}

/** AIMET's asymmetric candidates for [low, high] on a grid of so many steps, after the observed range. */
function places(low: number, high: number, steps: number): Range[] {
  const found = [{ alpha: low, beta: high }];
  for (let sixteenth = 1; sixteenth <= 17; sixteenth++) {
    for (let place = 0; place <= 20; place++) {
      const step = (((high - low) / steps) * sixteenth) / 16;
      const lowest = Math.floor((steps * place) / 20) - steps;
      const [alpha, beta] = [Math.max(low, step * lowest), Math.min(high, step * (lowest + steps))];
      if (alpha < beta) found.push({ alpha, beta });
    }
  }
  return found;
}

/** AIMET's symmetric ones: hundredths of the largest magnitude up to 101. */
const hundredths = (absMax: number) =>
  Array.from({ length: 101 }, (_, i) => ({
    alpha: (-absMax * (i + 1)) / 100,
    beta: (absMax * (i + 1)) / 100,
  }));

const shapes: [string, Float32Array][] = [
  ['values off centre', sample(1000, (s) => 2 + s.gauss())],
  ['values below zero', sample(1000, (s) => -Math.abs(s.gauss()))],
  ['a value far out above', sample(1000, (s, i) => (i === 5 ? 40 : s.gauss()))],
];

const endsOf = (data: Float32Array) => [Math.min(...data), Math.max(...data)];

describe.each(shapes)('the enhanced range of %s', (_, data) => {
  const h = histogramOf(data);
  const [min, max] = endsOf(data);

  it.each([
    [4, false],
    [6, true],
  ])('is the cheapest place of AIMET’s on an asymmetric grid of %d bits, signed: %s', (bits, signed) => {
    const grid = asymmetricGrid(bits, signed);
    const candidates = places(Math.min(min, 0), Math.max(max, 0), 2 ** bits - 1);
    expect(enhanced.range(h, grid)).toEqual(cheapest(h, candidates, grid));
  });

  it.each([4, 8])(
    'is the cheapest hundredth of the largest magnitude on a symmetric grid of %d bits',
    (bits) => {
      const grid = symmetricGrid(bits, { restricted: false });
      const { alpha, beta } = enhanced.range(h, grid);
      const best = cheapest(h, hundredths(Math.max(-min, max)), grid);
      expect(beta / best.beta).toBeCloseTo(1, 12);
      expect(alpha).toBe(-beta);
    },
  );
});

describe('the enhanced range', () => {
  it('is the first of equals: the observed one where the values lie on its grid', () => {
    const integers = histogramOf(Float32Array.of(-5, 0, 0, 10));
    // Of 15 steps: −5, 0 and 10 lie on the grid of [−5, 10] and cost nothing there.
    expect(enhanced.range(integers, asymmetricGrid(4, false))).toEqual({ alpha: -5, beta: 10 });
  });

  it('is never the empty one, whose stand-in of steps of 1 whole numbers would lie on', () => {
    const integers = histogramOf(Float32Array.from({ length: 2048 }, (_, i) => (i % 2 ? 2047 : 0)));
    expect(enhanced.range(integers, asymmetricGrid(16, false)).beta).toBeGreaterThan(2000);
  });

  it('stays within float32 where 1 % more than was observed does not', () => {
    const greatest = (2 - 2 ** -23) * 2 ** 127;
    const { beta } = enhanced.range(
      histogramOf(Float32Array.of(-greatest, greatest)),
      symmetricGrid(8, { restricted: true }),
    );
    expect(beta).toBeLessThanOrEqual(greatest);
    expect(beta).toBeGreaterThan(0.98 * greatest);
  });
});
