import type { InconclusivePolicy } from '../config/inconclusive-policy.ts';
import { UserError } from '../errors.ts';
import type { Metric } from '../metrics/metric.ts';

/** How much worse than FP32 the quantized model may be. */
export interface MaxDrop {
  /** `points`: of a fraction, 0.01 for 1pp. `relative`: to FP32, 0.01 for 1%. `plain`: in the metric's unit. */
  readonly kind: 'points' | 'relative' | 'plain';
  readonly value: number;
}

export interface Budget {
  /** Undefined where any drop is allowed. */
  readonly maxDrop: MaxDrop | undefined;
  /** Two-sided level of the interval of the drop, in (0, 1). */
  readonly confidence: number;
  readonly onInconclusive: InconclusivePolicy;
}

const pattern = /^(\d+(?:\.\d*)?|\.\d+)(?:e([+-]?\d{1,2}))?\s*(pp|%)?$/i;

/**
 * Reads `max-drop` or `max-regression`: `1.0pp`, `1%` or a bare number.
 *
 * @param key what it is called in messages
 * @throws UserError for anything else and for negative numbers
 * @example parseMaxDrop('1.0pp') // { kind: 'points', value: 0.01 }
 * @example parseMaxDrop('1%') // { kind: 'relative', value: 0.01 }
 */
export function parseMaxDrop(value: string | number, key = 'max-drop'): MaxDrop {
  const text = String(value).trim();
  const match = text.length > 40 ? null : pattern.exec(text);
  if (text.startsWith('-'))
    throw new UserError(`${key} ${text} is negative: give how much worse is allowed, from 0`);
  if (!match) throw new UserError(`${key} "${text.slice(0, 40)}" is not a number: write 1.0pp, 1% or 0.5`);
  const number = Number(`${match[1]}e${match[2] ?? 0}`);
  const unit = match[3]?.toLowerCase();
  if (unit === 'pp') return { kind: 'points', value: number / 100 };
  if (unit === '%') return { kind: 'relative', value: number / 100 };
  return { kind: 'plain', value: number };
}

/** From here on a bare number is more likely one of percentage points than a fraction. */
const LIKELY_POINTS = 0.2;

/** What a bare number allows, where it may have been meant in percentage points; undefined where it is not that much. */
export function likelyPoints({ kind, value }: MaxDrop, metric: Metric): string | undefined {
  if (kind !== 'plain' || metric.unit !== 'fraction' || value < LIKELY_POINTS) return undefined;
  const points = Number((100 * value).toPrecision(6));
  return `max-drop ${value} allows ${metric.name} to lose ${points} percentage points: write ${value}pp, or ${points}pp where that is meant`;
}

/** @throws UserError when `maxDrop` makes no sense for `metric`: percentage points of no fraction, or all of a fraction */
export function checkMaxDrop(maxDrop: MaxDrop, metric: Metric, key = 'max-drop'): void {
  const fraction = metric.unit === 'fraction';
  if (maxDrop.kind === 'points' && !fraction) {
    throw new UserError(
      `${key} in pp needs a metric that is a fraction, ${metric.name} is not: give a plain number or %`,
    );
  }
  if (fraction && maxDrop.value >= 1) {
    const meant =
      maxDrop.kind === 'plain'
        ? `: for ${maxDrop.value} percentage points write ${maxDrop.value}pp`
        : ': give less';
    throw new UserError(`${key} allows ${metric.name} to lose everything${meant}`);
  }
}

/**
 * The allowed drop in the metric's unit. A relative budget takes the measured FP32 value as it is, without its own
 * uncertainty.
 *
 * @throws UserError when it is relative to 0
 */
export function allowedDrop(maxDrop: MaxDrop, metric: Metric, fp32: number): number {
  checkMaxDrop(maxDrop, metric);
  if (maxDrop.kind !== 'relative') return maxDrop.value;
  if (fp32 === 0)
    throw new UserError(`a budget in % of ${metric.name} is none, as FP32 has 0: give a plain number`);
  return maxDrop.value * Math.abs(fp32);
}

const accuracyPattern = /^(-?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d{1,2})?)\s*(%)?$/i;

/**
 * Reads `min-accuracy`: `90%` of a fraction, or a number in the metric's unit.
 *
 * @throws UserError for anything else, and what makes no sense for `metric`
 */
export function parseMinAccuracy(value: string | number, metric: Metric): number {
  const text = String(value).trim();
  const match = text.length > 40 ? null : accuracyPattern.exec(text);
  if (!match) throw new UserError(`min-accuracy "${text.slice(0, 40)}" is not a number: write 90% or 0.9`);
  if (!metric.higherIsBetter)
    throw new UserError(
      `min-accuracy is the least value of a metric, and less is better of ${metric.name}: leave it out`,
    );
  const fraction = metric.unit === 'fraction';
  if (match[2] !== undefined && !fraction)
    throw new UserError(
      `min-accuracy in % needs a metric that is a fraction, ${metric.name} is not: give a plain number`,
    );
  const number = Number(match[1]) / (match[2] === undefined ? 1 : 100);
  if (fraction && (number < 0 || number > 1))
    throw new UserError(`min-accuracy ${text} is no value of ${metric.name}: write 90% or 0.9`);
  return number;
}
