import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UserError } from '../../../src/errors.ts';
import { createHistogram } from '../../../src/numerics/histogram.ts';
import { fromPlain, toPlain } from '../../../src/numerics/histogram-plain.ts';
import { contentsOf, histogramOf } from './samples.ts';

const plain = toPlain(histogramOf(Float32Array.of(-1, 0, 0, 2.5)));

describe('a histogram in JSON', () => {
  it('comes back as it was', () => {
    fc.assert(
      fc.property(fc.float32Array({ noNaN: true, noDefaultInfinity: true, maxLength: 50 }), (data) => {
        const h = histogramOf(data);
        expect(contentsOf(fromPlain(JSON.parse(JSON.stringify(toPlain(h)))))).toEqual(contentsOf(h));
      }),
    );
    expect(fromPlain(toPlain(createHistogram()))).toEqual(createHistogram());
  });

  it.each([
    ['null', null],
    ['an unknown key', { ...plain, extra: 1 }],
    ['a total that is not the sum', { ...plain, total: 5 }],
    ['a negative count', { ...plain, counts: [-1, ...plain.counts.slice(1)] }],
    ['a fractional count', { ...plain, counts: [0.5, ...plain.counts.slice(1)] }],
    ['extremes the bins do not have', { ...plain, max: 3.5 }],
    ['swapped extremes', { ...plain, min: 2.5, max: -1 }],
    ['an extreme that is no float32', { ...plain, max: 2.1 }],
    ['bins beyond the last', { ...plain, first: 8000 }],
    ['zeros that are not in the zero bin', { ...plain, zeros: 3 }],
    ['more slices than values', { ...plain, slices: 9 }],
    ['contents in an empty one', { ...toPlain(createHistogram()), slices: 1 }],
    ['too many bins', { ...plain, counts: new Array(9000).fill(0) }],
  ])('is refused with %s', (_, broken) => {
    expect(() => fromPlain(broken)).toThrow(UserError);
  });

  it('is refused, not crashed on, whatever it holds', () => {
    fc.assert(
      fc.property(fc.anything(), (anything) => {
        expect(() => fromPlain(anything)).toThrow(UserError);
      }),
    );
  });
});
