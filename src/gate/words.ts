import type { Unit } from '../data/metrics/metric.ts';

// 'negative' keeps the sign off a zero, also off one that rounding made.
const hundredths = new Intl.NumberFormat('en-US', {
  minimumFractionDigits: 2,
  maximumFractionDigits: 2,
  signDisplay: 'negative',
});
const digits = new Intl.NumberFormat('en-US', { maximumSignificantDigits: 3, signDisplay: 'negative' });
const twoDigits = new Intl.NumberFormat('en-US', { maximumSignificantDigits: 2, signDisplay: 'negative' });
const rounded = new Intl.NumberFormat('en-US', { maximumSignificantDigits: 2 });

/** A difference of two values of a metric without its unit: percentage points of a fraction. */
export function difference(value: number, unit: Unit): string {
  if (unit === 'fraction') return hundredths.format(100 * value);
  return unit === 'dB' ? hundredths.format(value) : digits.format(value);
}

/** What follows a difference, with the space before it. */
export function unitOf(unit: Unit): string {
  return { fraction: ' pp', dB: ' dB', value: '' }[unit];
}

/** A value of a metric with its unit. */
export function measured(value: number, unit: Unit): string {
  if (unit === 'fraction') return `${hundredths.format(100 * value)} %`;
  return `${difference(value, unit)}${unitOf(unit)}`;
}

/** A number of samples with two digits. */
export function about(count: number): string {
  return rounded.format(count);
}

/** A share in percent with two digits, however small: `0.02 %`. */
export function tinyShare(share: number): string {
  return `${twoDigits.format(100 * share)} %`;
}

/** A value of a tensor with three digits: `-10000`, `0.0125`, `3.4e+38`. */
export function magnitude(value: number): string {
  return String(Number(value.toPrecision(3)) + 0);
}
