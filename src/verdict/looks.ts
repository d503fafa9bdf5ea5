import type { SeenSamples } from '../evaluation/looked.ts';
import type { Metric, Score } from '../metrics/metric.ts';
import { asymptoticSequence, boundedSequence, fewestAsymptotic } from './statistics/confidence-sequence.ts';
import type { Interval } from './statistics/tango.ts';

/**
 * When samples are looked at: once, when all are there; `early`, with more to come, whose interval has to hold at every look;
 * or for the `last` time, after early looks that did not decide.
 */
export type Looks = 'once' | 'early' | 'last';

/** Of the error that a confidence allows, the part of the early looks; the rest is that of the last. */
const EARLY_PART = 0.2;

/** How the samples of an evaluation were looked at. */
export function looksOf(looked: SeenSamples | undefined): Looks {
  if (looked === undefined) return 'once';
  return looked.places.length < looked.of ? 'early' : 'last';
}

/** The level of one interval, so that all looks together have `confidence`. */
export function levelOf(confidence: number, looks: Looks): number {
  const part = { once: 1, early: EARLY_PART, last: 1 - EARLY_PART }[looks];
  return 1 - part * (1 - confidence);
}

/** Where the mean of values is, in whatever number of samples one stops. */
export interface Sequence {
  readonly interval: Interval;
  /** With fewer samples nothing is decided. */
  readonly fewest: number;
}

/** What the mean of values is told from. */
interface Sequenced {
  readonly values: readonly number[];
  /** Undefined where none are known. */
  readonly bounds: Interval | undefined;
  /** How far a value that was not seen may be from the mean, where no bounds are known. */
  readonly spread: number;
  readonly confidence: number;
}

/** The interval of an early look. */
export function sequenceOf({ values, bounds, spread, confidence }: Sequenced): Sequence {
  const level = levelOf(confidence, 'early');
  if (bounds !== undefined) return { interval: boundedSequence(values, bounds, level), fewest: 1 };
  const interval = asymptoticSequence(values, spread, level);
  return { interval, fewest: fewestAsymptotic(values) };
}

/** Whether scores are shares of 1, which bounds their differences. */
export function areShares({ unit }: Metric, scores: readonly Score[]): boolean {
  return unit === 'fraction' && scores.every((score) => Number(score) >= 0 && Number(score) <= 1);
}

/** What the interval of an early look is: always valid, or so as the number of samples grows. */
export const sequenceKinds = ['always-valid', 'asymptotic'] as const;

/** Where an evaluation stopped that was not needed to its end. */
export interface Stopped {
  /** Samples that it saw, of how many. */
  readonly at: number;
  readonly of: number;
  readonly interval: (typeof sequenceKinds)[number];
}

/** Undefined where it went to the end. */
export function stoppedBy(
  metric: Metric,
  scores: readonly Score[],
  looked: SeenSamples | undefined,
): Stopped | undefined {
  if (looked === undefined || looksOf(looked) !== 'early') return undefined;
  const interval = areShares(metric, scores) ? 'always-valid' : 'asymptotic';
  return { at: scores.length, of: looked.of, interval };
}

/** Why a metric cannot be looked at early, as the end of a sentence; undefined where it can. */
export function whyNotEarly({ name, decomposable, together }: Metric): string | undefined {
  if (together !== undefined) return `${name} scores all samples together`;
  return decomposable ? undefined : `${name} is no mean over samples`;
}
