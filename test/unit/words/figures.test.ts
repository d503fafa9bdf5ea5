import { describe, expect, it } from 'vitest';
import { about, difference, measured, unitOf } from '../../../src/words/figures.ts';

describe('values of metrics in words', () => {
  it('has differences of fractions in percentage points with two decimals', () => {
    expect(difference(0.012345, 'fraction')).toBe('1.23');
    expect(difference(-0.5, 'fraction')).toBe('-50.00');
    expect(difference(0.1, 'fraction') + unitOf('fraction')).toBe('10.00 pp');
  });

  it('has decibels with two decimals, also where fewer would do', () => {
    expect(difference(1.5, 'dB')).toBe('1.50');
    expect(measured(-0.256, 'dB')).toBe('-0.26 dB');
  });

  it('has other values with three digits and no unit', () => {
    expect(difference(0.000123456, 'value')).toBe('0.000123');
    expect(difference(-12345, 'value')).toBe('-12,300');
    expect(measured(2.5, 'value')).toBe('2.5');
  });

  it('has fractions in percent', () => {
    expect(measured(0.98765, 'fraction')).toBe('98.77 %');
    expect(measured(1, 'fraction')).toBe('100.00 %');
  });

  it('keeps the sign off a zero that rounding made', () => {
    expect(difference(-0.000001, 'fraction')).toBe('0.00');
    expect(measured(-0.001, 'dB')).toBe('0.00 dB');
    expect(difference(-0, 'value')).toBe('0');
  });

  it('has numbers of samples with two digits', () => {
    expect(about(1549)).toBe('1,500');
    expect(about(36)).toBe('36');
  });
});
