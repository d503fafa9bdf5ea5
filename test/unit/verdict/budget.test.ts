import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UserError } from '../../../src/errors.ts';
import { psnr } from '../../../src/metrics/psnr.ts';
import { mseMetric } from '../../../src/metrics/squared-error.ts';
import { top1 } from '../../../src/metrics/top1.ts';
import { allowedDrop, checkMaxDrop, likelyPoints, parseMaxDrop } from '../../../src/verdict/budget.ts';

describe('max-drop', () => {
  it.each([
    ['1.0pp', { kind: 'points', value: 0.01 }],
    ['.5 PP', { kind: 'points', value: 0.005 }],
    ['1%', { kind: 'relative', value: 0.01 }],
    [0.3, { kind: 'plain', value: 0.3 }],
    ['2e-3', { kind: 'plain', value: 0.002 }],
    [1e-7, { kind: 'plain', value: 1e-7 }],
    [0, { kind: 'plain', value: 0 }],
    [' 12.25  pp\n', { kind: 'points', value: 0.1225 }],
    ['1.', { kind: 'plain', value: 1 }],
    ['.25', { kind: 'plain', value: 0.25 }],
    ['2E2%', { kind: 'relative', value: 2 }],
    ['1.5e+1', { kind: 'plain', value: 15 }],
    ['3e-12', { kind: 'plain', value: 3e-12 }],
  ])('%s', (text, expected) => {
    expect(parseMaxDrop(text)).toEqual(expected);
  });

  it.each([
    ['-1pp', 'max-drop -1pp is negative'],
    ['much', 'max-drop "much" is not a number: write 1.0pp, 1% or 0.5'],
    ['', 'not a number'],
    ['1dB', 'not a number'],
    ['1,5pp', 'not a number'],
    ['about 1pp', 'max-drop "about 1pp" is not a number'],
    ['1pp or so', 'not a number'],
    ['.', 'not a number'],
    ['1e100', 'not a number'],
    ['1e', 'not a number'],
    [`1${'0'.repeat(60)}x`, `max-drop "1${'0'.repeat(39)}" is not a number`],
    [Number.NaN, 'not a number'],
    [Number.POSITIVE_INFINITY, 'not a number'],
  ])('%s is refused', (text, message) => {
    expect(() => parseMaxDrop(text)).toThrow(message);
  });

  it('has up to 40 characters: a unit after them would be lost', () => {
    expect(parseMaxDrop(`0.${'0'.repeat(34)}25pp`)).toEqual({ kind: 'points', value: 25e-38 });
    expect(() => parseMaxDrop(`0.${'0'.repeat(35)}25pp`)).toThrow('not a number');
  });

  it('is a finite number, not negative, or a UserError, whatever is written', () => {
    const close = fc.stringMatching(/^[-+.e0-9pP% ]{0,12}$/);
    fc.assert(
      fc.property(fc.oneof(fc.string(), close, fc.double()), (text) => {
        try {
          const { value } = parseMaxDrop(text);
          expect(value).toBeGreaterThanOrEqual(0);
          expect(Number.isFinite(value)).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(UserError);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('in pp needs a fraction', () => {
    expect(() => checkMaxDrop(parseMaxDrop('1pp'), psnr)).toThrow('psnr is not: give a plain number or %');
  });

  it.each([1, '100pp', '100%'])('%s of a fraction would allow everything', (text) => {
    expect(() => checkMaxDrop(parseMaxDrop(text), top1)).toThrow('allows top1 to lose everything');
  });

  it('is less than all of a fraction', () => {
    expect(() => checkMaxDrop(parseMaxDrop('100%'), top1)).toThrow('lose everything: give less');
    expect(() => checkMaxDrop(parseMaxDrop('99.9%'), top1)).not.toThrow();
    expect(() => checkMaxDrop(parseMaxDrop(0.999), top1)).not.toThrow();
    expect(() => checkMaxDrop(parseMaxDrop(40), psnr)).not.toThrow();
  });

  it('points to pp for a bare 1, which means 100 percentage points', () => {
    expect(() => checkMaxDrop(parseMaxDrop(1), top1)).toThrow('write 1pp');
  });

  it('asks whether a bare 0.5 means half a percentage point, or fifty', () => {
    expect(likelyPoints(parseMaxDrop(0.5), top1)).toBe(
      'max-drop 0.5 allows top1 to lose 50 percentage points: write 0.5pp, or 50pp where that is meant',
    );
    for (const clear of [0.1, '0.5pp', '50%'])
      expect(likelyPoints(parseMaxDrop(clear), top1)).toBeUndefined();
    expect(likelyPoints(parseMaxDrop(0.5), psnr)).toBeUndefined();
  });
});

describe('the allowed drop', () => {
  it('is absolute in pp and bare, and relative to FP32 in %', () => {
    expect(allowedDrop(parseMaxDrop('1pp'), top1, 0.5)).toBe(0.01);
    expect(allowedDrop(parseMaxDrop('1%'), top1, 0.5)).toBe(0.005);
    expect(allowedDrop(parseMaxDrop('0.5'), psnr, 41)).toBe(0.5);
    expect(allowedDrop(parseMaxDrop('200%'), mseMetric, 0.1)).toBe(0.2);
  });

  it('is relative to the magnitude of a negative value', () => {
    expect(allowedDrop(parseMaxDrop('10%'), psnr, -20)).toBe(2);
  });

  it('is checked against the metric', () => {
    expect(() => allowedDrop(parseMaxDrop('1pp'), psnr, 40)).toThrow('needs a metric that is a fraction');
  });

  it('cannot be relative to 0', () => {
    expect(() => allowedDrop(parseMaxDrop('1%'), mseMetric, 0)).toThrow('give a plain number');
  });
});
