import type { OutputSummary } from '../evaluation/output-summary.ts';
import type { Metric } from '../metrics/metric.ts';
import { measured } from '../words/figures.ts';
import { tinyShare } from '../words/ranges.ts';
import { binomialTail } from './statistics/binomial.ts';

/** How rarely a model that is well may be called ill by the luck of its samples. */
const RARE = 0.001;
/** Fewer samples say nothing against a model. */
const FEWEST = 20;
/** "Nearly all" predictions. */
const NEARLY_ALL = 0.95;
/** Where more labels than this are of one class, a model that says little else may be right. */
const MOST_LABELLED_SO = 0.8;
/** Without labels, nearly all of fewer samples or classes may be of one class. */
const FEWEST_UNLABELLED = 50;
const FEWEST_CLASSES = 3;
/** Where a guess is next to never right, a model of any use is so at least this often. */
const LEAST_USE = 0.1;

/**
 * Why FP32 itself says nothing, so that no drop from it means anything; undefined where it may be well. Of at least 20
 * samples, in this order:
 *
 * - The outputs are equal on all of them, and the labels are not.
 * - Nearly all predictions (95 %) are one class. With labels: at most 80 % of these are that class, and a model that tells
 *   every second of the others from it has so few other predictions in less than one of 1000 sets (binomial). Without: of
 *   at least 50 samples and 3 classes.
 * - The accuracy is that of guessing: at most twice what a guess gets (of three classes and more), or not above a guess in
 *   999 of 1000 sets; and a model that is right in a share u of all cases is as poor in less than one of 1000 sets, so that
 *   few samples alone never do it. u is twice a guess, but at least 10 % and at most half way from a guess to all: 75 % of
 *   two classes.
 *
 * @param value the metric of FP32 over all samples
 */
export function fp32Problem(metric: Metric, value: number, outputs: OutputSummary): string | undefined {
  if (outputs.samples < FEWEST) return undefined;
  const found = equalOutputs(outputs) ?? oneClass(outputs) ?? guessing(metric, value, outputs);
  return found === undefined ? undefined : `FP32 itself ${found}; is \`preprocess\` right?`;
}

function equalOutputs({ samples, isConstant, isLabelConstant }: OutputSummary): string | undefined {
  if (!isConstant || isLabelConstant) return undefined;
  return `has the same output on all ${samples} samples`;
}

function oneClass({ samples, classes, commonest, labelledSo }: OutputSummary): string | undefined {
  if (commonest < NEARLY_ALL * samples) return undefined;
  const says = `says one class for ${tinyShare(commonest / samples)} of ${samples} samples`;
  if (labelledSo === null) {
    const isEnough = samples >= FEWEST_UNLABELLED && (classes ?? 0) >= FEWEST_CLASSES;
    return isEnough ? `${says}, of ${classes} classes` : undefined;
  }
  const others = samples - labelledSo;
  const isExpected = labelledSo > MOST_LABELLED_SO * samples;
  if (isExpected || binomialTail(samples - commonest, others, 1 / 2) >= RARE) return undefined;
  return `${says}, which ${tinyShare(labelledSo / samples)} of the labels are`;
}

function guessing(
  { name, unit, guess: guessOf }: Metric,
  value: number,
  { samples, classes }: OutputSummary,
): string | undefined {
  if (guessOf === undefined || classes === null) return undefined;
  const guess = guessOf(classes);
  const right = Math.round(value * samples);
  const half = (1 + guess) / 2;
  // As many right ones by guessing are not rare.
  const isNotAbove = 1 - binomialTail(right - 1, samples, guess) >= RARE;
  const isPoor = isNotAbove || (2 * guess <= half && value <= 2 * guess);
  const useful = Math.min(Math.max(2 * guess, LEAST_USE), half);
  if (!isPoor || binomialTail(right, samples, useful) >= RARE) return undefined;
  return `is at chance: ${name} ${measured(value, unit)} of ${samples} samples in ${classes} classes`;
}
