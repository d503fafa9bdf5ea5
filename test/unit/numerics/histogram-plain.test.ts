import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UserError } from '../../../src/errors.ts';
import { ZERO_BIN } from '../../../src/numerics/bins.ts';
import { createHistogram } from '../../../src/numerics/histogram.ts';
import { fromPlain, toPlain } from '../../../src/numerics/histogram-plain.ts';
import { contentsOf, histogramOf } from './samples.ts';

const plain = () => toPlain(histogramOf(Float32Array.of(-1, 0, 0, 2.5)));
const empty = () => toPlain(createHistogram());
const emptyWith = (contents: object) => () => ({ ...empty(), ...contents });
const having = (contents: object) => () => ({ ...plain(), ...contents });

describe('a histogram in JSON', () => {
  it('has what was seen, and the counts from the first bin that is not empty to the last', () => {
    const { counts, ...rest } = plain();
    // Bins are 2^-10 wide.
    expect(rest).toEqual({ total: 4, slices: 1, zeros: 2, min: -1, max: 2.5, first: ZERO_BIN - 1024 });
    expect(counts).toHaveLength(1024 + 2560 + 1);
    expect([counts[0], counts[1024], counts.at(-1)]).toEqual([1, 2, 1]);
  });

  it('of nothing has no extremes and no counts', () => {
    expect(empty()).toEqual({ total: 0, slices: 0, zeros: 0, min: null, max: null, first: 0, counts: [] });
  });

  it('comes back as it was', () => {
    fc.assert(
      fc.property(fc.float32Array({ noNaN: true, noDefaultInfinity: true, maxLength: 50 }), (data) => {
        const h = histogramOf(data);
        expect(contentsOf(fromPlain(JSON.parse(JSON.stringify(toPlain(h)))))).toEqual(contentsOf(h));
      }),
    );
    expect(fromPlain(toPlain(createHistogram()))).toEqual(createHistogram());
  });

  it('comes back with zeros at either end', () => {
    for (const values of [Float32Array.of(0, 0, 3), Float32Array.of(-3, 0, 0), new Float32Array(2)]) {
      const h = histogramOf(values);
      expect(contentsOf(fromPlain(toPlain(h)))).toEqual(contentsOf(h));
    }
  });

  it('never has an extreme of -0', () => {
    const { min, max } = fromPlain({ ...toPlain(histogramOf(new Float32Array(2))), min: -0, max: -0 });
    expect([min, max]).toEqual([0, 0]);
  });

  const nothing = 'it is empty and yet has contents';
  const extremes = 'min and max are not a range';
  const slices = 'it has more slices than values, or none';
  const ends = 'min and max are not where its bins begin and end';
  const zeros = 'it has more zeros than its zero bin';
  it.each<[string, () => unknown, string]>([
    ['null', () => null, 'expected object'],
    ['an unknown key', having({ extra: 1 }), 'extra'],
    ['a total that is not the sum', having({ total: 5 }), 'its counts do not add up to its total'],
    ['a negative count', () => ({ ...plain(), counts: [-1, ...plain().counts.slice(1)] }), 'counts'],
    ['a fractional count', () => ({ ...plain(), counts: [0.5, ...plain().counts.slice(1)] }), 'counts'],
    ['an extreme that is no float32', having({ max: 2.1 }), 'not a float32'],
    ['bins beyond the last', having({ first: 8000 }), 'it has more bins than a histogram'],
    ['too many bins', having({ counts: new Array(9000).fill(0) }), 'counts'],
    ['a greatest value that its bins do not have', having({ max: 3.5 }), ends],
    ['a least value that its bins do not have', having({ min: -0.5 }), ends],
    ['swapped extremes', having({ min: 2.5, max: -1 }), extremes],
    ['no least value', having({ min: null }), extremes],
    ['no greatest value', having({ max: null }), extremes],
    [
      'an empty bin at its end',
      () => ({ ...plain(), total: 3, counts: [...plain().counts.slice(0, -1), 0] }),
      ends,
    ],
    [
      'an empty bin at its beginning',
      () => ({ ...plain(), total: 3, counts: [0, ...plain().counts.slice(1)] }),
      ends,
    ],
    ['zeros that are not in the zero bin', having({ zeros: 3 }), zeros],
    [
      'zeros below its least value',
      () => ({ ...toPlain(histogramOf(Float32Array.of(1e-6, 2))), zeros: 1 }),
      zeros,
    ],
    [
      'zeros above its greatest value',
      () => ({ ...toPlain(histogramOf(Float32Array.of(-1e-6, -2))), zeros: 1 }),
      zeros,
    ],
    ['more slices than values', having({ slices: 9 }), slices],
    ['no slice', having({ slices: 0 }), slices],
    ['slices of nothing', emptyWith({ slices: 1 }), nothing],
    ['zeros of nothing', emptyWith({ zeros: 1 }), nothing],
    ['a least value of nothing', emptyWith({ min: 0 }), nothing],
    ['a greatest value of nothing', emptyWith({ max: 0 }), nothing],
    ['empty bins of nothing', emptyWith({ counts: [0] }), nothing],
  ])('is refused with %s', (_, broken, why) => {
    expect(() => fromPlain(broken())).toThrow(UserError);
    expect(() => fromPlain(broken())).toThrow(why);
  });

  it('says what to do where it is refused', () => {
    expect(() => fromPlain({ ...plain(), total: 5 })).toThrow(
      'not a histogram of this tool: its counts do not add up to its total: run the calibration again',
    );
  });

  it('may have seen every value in a slice of its own', () => {
    expect(fromPlain({ ...plain(), slices: 4 }).slices).toBe(4);
  });

  it('is refused, not crashed on, whatever it holds', () => {
    fc.assert(
      fc.property(fc.anything(), (anything) => {
        expect(() => fromPlain(anything)).toThrow(UserError);
      }),
    );
  });
});
