import type { MetricUnit } from './metric-units.ts';

// 'negative' keeps the sign off a zero, also off one that rounding made.
const hundredths = new Intl.NumberFormat('en-US', {
  minimumFractionDigits: 2,
  maximumFractionDigits: 2,
  signDisplay: 'negative',
});
const digits = new Intl.NumberFormat('en-US', { maximumSignificantDigits: 3, signDisplay: 'negative' });
const rounded = new Intl.NumberFormat('en-US', { maximumSignificantDigits: 2 });

/** A difference of two values of a metric without its unit: percentage points of a fraction. */
export function difference(value: number, unit: MetricUnit): string {
  if (unit === 'fraction') return hundredths.format(100 * value);
  return unit === 'dB' ? hundredths.format(value) : digits.format(value);
}

/**
 * What follows a difference, with the space before it.
 *
 * @example unitOf('fraction') // ' pp'
 */
export function unitOf(unit: MetricUnit): string {
  return { fraction: ' pp', dB: ' dB', value: '' }[unit];
}

/** A value of a metric with its unit. */
export function measured(value: number, unit: MetricUnit): string {
  if (unit === 'fraction') return `${hundredths.format(100 * value)} %`;
  return `${difference(value, unit)}${unitOf(unit)}`;
}

/**
 * The level of an interval with four digits.
 *
 * @example level(1 - 0.05 / 3) // '98.33 %'
 */
export function level(confidence: number): string {
  return `${Number((100 * confidence).toPrecision(4))} %`;
}

/**
 * A number of samples with two digits.
 *
 * @example about(1234) // '1,200'
 */
export function about(count: number): string {
  return rounded.format(count);
}

/** The parts of a layer's error by their keys in report.json. */
export const causes = {
  weightRound: 'weight rounding',
  weightClip: 'weight clipping',
  activationRound: 'activation rounding',
  activationClip: 'activation clipping',
  output: 'integer arithmetic',
} as const;
