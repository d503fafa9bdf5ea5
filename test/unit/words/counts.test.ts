import { describe, expect, it } from 'vitest';
import { change, changeInterval, count, percent, real, roughCount } from '../../../src/words/counts.ts';

describe('numbers of the report', () => {
  it('writes shares and differences in the unit of the metric', () => {
    expect(percent(0.57348)).toBe('57.35 %');
    expect(change(0.012, 'fraction')).toBe('1.20 pp');
    expect(change(-0.351, 'dB')).toBe('-0.35 dB');
    expect(change(0.0042, 'value')).toBe('0.0042');
    expect(changeInterval([-0.0012, 0.0095], 'fraction')).toBe('[-0.12, 0.95] pp');
  });

  it.each([
    [0, '0'],
    [999, '999'],
    [1000, '1 k'],
    [12_345, '12.3 k'],
    [999_499, '999 k'],
    [999_500, '1 M'],
    [2.5e13, '25 T'],
  ])('counts %d roughly as %s', (value, text) => {
    expect(roughCount(value)).toBe(text);
  });

  it('counts exactly with separators', () => {
    expect(count(1234567)).toBe('1,234,567');
  });

  it.each([
    [0.0125, '0.0125'],
    [-2.54999, '-2.55'],
    [1.23456e-9, '1.235e-9'],
    [0, '0'],
  ])('writes %d as %s', (value, text) => {
    expect(real(value)).toBe(text);
  });
});
