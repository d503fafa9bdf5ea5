import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BINS, ZERO_BIN } from '../../../src/numerics/bins.ts';
import {
  binWidth,
  createHistogram,
  HIGHEST_LEVEL,
  type Histogram,
  LOWEST_LEVEL,
  levelFor,
  merge,
  observe,
} from '../../../src/numerics/histogram.ts';
import { contentsOf, histogramOf, observeAll } from './samples.ts';

const values = fc.array(fc.oneof(fc.float({ noNaN: true, noDefaultInfinity: true }), fc.constant(0)), {
  maxLength: 40,
});
const shards = fc.array(values, { minLength: 1, maxLength: 8 });

/** All that a histogram says of the data; how they were cut into slices is left out. */
const contents = (h: Histogram) => contentsOf({ ...h, slices: 0 });

describe('levelFor', () => {
  it('is the least level that holds the value on either side', () => {
    fc.assert(
      fc.property(fc.float({ noNaN: true, noDefaultInfinity: true, min: 2 ** -149 }), (m) => {
        const width = 2 ** levelFor(m);
        expect(m / width).toBeLessThan(ZERO_BIN);
        expect(m / width).toBeGreaterThanOrEqual(ZERO_BIN / 2);
      }),
    );
  });

  it('spans all of float32', () => {
    expect(levelFor(2 ** -149)).toBe(LOWEST_LEVEL);
    expect(levelFor((2 - 2 ** -23) * 2 ** 127)).toBe(HIGHEST_LEVEL);
    for (let e = -149; e < 128; e++) expect(levelFor(2 ** e)).toBe(e - 11);
  });
});

describe('observe', () => {
  it('puts every value in the bin that holds it, negative and tiny ones too', () => {
    fc.assert(
      fc.property(values, (data) => {
        const h = histogramOf(Float32Array.from(data));
        const expected = new Float64Array(BINS);
        for (const x of data) expected[Math.floor(x / binWidth(h)) + ZERO_BIN]++;
        expect(contentsOf(h).counts).toBe(contentsOf({ ...h, counts: expected }).counts);
        expect(h.zeros).toBe(data.filter((x) => x === 0).length);
        expect(h.total).toBe(data.length);
      }),
    );
  });

  it('keeps the exact extremes', () => {
    const h = histogramOf(Float32Array.of(0.1, -3.7, 2));
    expect([h.min, h.max]).toEqual([Math.fround(-3.7), 2]);
  });

  it('looks at the slice only', () => {
    const h = createHistogram();
    observe(h, Float32Array.of(9, 1, 2, 9).subarray(1, 3), 1, 2);
    expect([h.total, h.max]).toEqual([2, 2]);
  });

  it.each([NaN, Infinity, -Infinity])('reports %d and stays as it was', (bad) => {
    const h = histogramOf(Float32Array.of(1, 2));
    const before = structuredClone(h);
    expect(observe(h, Float32Array.of(5, bad, 1, 1, 1, 1), 1, 5)).toBe(false);
    expect(observe(h, Float32Array.of(1), bad, bad)).toBe(false);
    expect(contentsOf(h)).toEqual(contentsOf(before));
    observeAll(h, Float32Array.of(3));
    expect(h.total).toBe(3);
  });

  it('does not accept values outside the extremes it was given', () => {
    expect(() => observe(createHistogram(), Float32Array.of(1, 7), 1, 2)).toThrow('outside');
    expect(histogramOf(Float32Array.of(1)).total).toBe(1);
  });

  it('grows from nothing but zeros, and from the smallest float32 to the largest', () => {
    const h = histogramOf(new Float32Array(7));
    observeAll(h, Float32Array.of(2 ** -149, -(2 ** -149)));
    observeAll(h, Float32Array.of(3e38));
    expect([h.total, h.zeros]).toEqual([10, 7]);
    expect([h.counts[ZERO_BIN - 1], h.counts[ZERO_BIN]]).toEqual([1, 8]);
  });
});

describe('merge', () => {
  it('gives what one pass gives, bit for bit, for any cut and any order', () => {
    fc.assert(
      fc.property(shards, fc.infiniteStream(fc.nat()), (parts, order) => {
        const onePass = histogramOf(Float32Array.from(parts.flat()));
        const pending = parts.map((part) => histogramOf(Float32Array.from(part)));
        while (pending.length > 1) {
          const [from] = pending.splice(order.next().value! % pending.length, 1);
          merge(pending[order.next().value! % pending.length], from!);
        }
        expect(contents(pending[0])).toEqual(contents(onePass));
      }),
    );
  });

  it('counts slices and leaves its source alone', () => {
    const [a, b] = [histogramOf(Float32Array.of(1)), histogramOf(Float32Array.of(100))];
    const before = structuredClone(b);
    merge(a, b);
    merge(a, createHistogram());
    expect(a.slices).toBe(2);
    expect(contentsOf(b)).toEqual(contentsOf(before));
  });
});
