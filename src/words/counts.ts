import { difference, measured, unitOf } from './figures.ts';
import type { MetricUnit } from './metric-units.ts';

const exact = new Intl.NumberFormat('en-US');
const prefixes = ['', ' k', ' M', ' G', ' T'];

/**
 * A share as `57.35 %`.
 *
 * @example percent(0.5735) // '57.35 %'
 */
export function percent(share: number): string {
  return measured(share, 'fraction');
}

/** A difference with its unit: `1.20 pp`, `0.35 dB`, `0.0042`. */
export function change(value: number, unit: MetricUnit): string {
  return `${difference(value, unit)}${unitOf(unit)}`;
}

/** An interval of differences: `[-0.12, 0.95] pp`. */
export function changeInterval(interval: readonly [number, number], unit: MetricUnit): string {
  return `[${interval.map((end) => difference(end, unit)).join(', ')}]${unitOf(unit)}`;
}

/** An interval of differences whose unit stands before it: `[-0.12, 0.95]`. */
export function bareInterval([low, high]: readonly [number, number], unit: MetricUnit): string {
  return `[${difference(low, unit)}, ${difference(high, unit)}]`;
}

/** A number of things, all digits: `2,496`. */
export function count(value: number): string {
  return exact.format(value);
}

/**
 * A large number of things with three digits and SI prefix: `12.3 k`.
 *
 * @example roughCount(12345) // '12.3 k'
 */
export function roughCount(value: number): string {
  const power = Math.min(Math.floor(Math.log10(Math.max(value, 1)) / 3), prefixes.length - 1);
  const digits = Number((value / 1000 ** power).toPrecision(3));
  return digits === 1000 && power < prefixes.length - 1
    ? `1${prefixes[power + 1]}`
    : `${digits}${prefixes[power]}`;
}

/** Any real number with four digits: `0.0125`, `-3.4e+38`. */
export function real(value: number): string {
  return String(Number(value.toPrecision(4)));
}

/**
 * Things in one sentence.
 *
 * @example listed(['a', 'b', 'c']) // 'a, b and c'
 */
export function listed(things: readonly string[]): string {
  return things.length < 2
    ? things.join('')
    : `${things.slice(0, -1).join(', ')} and ${things[things.length - 1]}`;
}
