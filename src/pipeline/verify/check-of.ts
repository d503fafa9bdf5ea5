import type { TargetConfig } from '../../config/target-id.ts';
import { UserError } from '../../errors.ts';
import type { Score } from '../../metrics/metric.ts';
import { aggregateScores } from '../../metrics/score-sample.ts';
import { outcomeOf, pairedMetric, unpairedMetric } from '../../verification/outcome.ts';
import { sqnrOf } from '../../verification/signal-to-noise.ts';
import type { CheckedTarget } from '../../verification/verification-schema.ts';
import type { Prepared } from '../prepare.ts';
import type { Elsewhere } from './elsewhere.ts';
import type { SideBySide } from './measure-beside.ts';

/** Of a note in verify.json. */
const LONGEST_NOTE = 2000;

/**
 * The entry of a target in verify.json.
 *
 * @throws UserError when a metric was taken of more samples than there are
 */
export function checkOf(
  { config: { budget }, metric }: Prepared,
  { id, chip }: TargetConfig,
  { source, library, version, metrics, layers, notes }: Elsewhere,
  { fp32, predicted, measured, classes, powers }: SideBySide & { readonly fp32: readonly Score[] },
): CheckedTarget {
  const { confidence } = budget;
  const samples = predicted.length;
  if (metrics !== undefined && metrics.samples !== samples)
    throw new UserError(
      `the metric of the device is of ${metrics.samples} samples, the evaluation data hold ${samples}: give that of the same samples`,
    );
  const pair =
    metrics === undefined
      ? pairedMetric(metric, predicted, measured, confidence)
      : unpairedMetric(metric, predicted, metrics.value, confidence);
  const { outcome, reasons } = outcomeOf(metric, pair, classes, confidence);
  const { difference, interval } = pair;
  return {
    target: id,
    chip,
    outcome,
    reasons: [...reasons],
    source,
    library,
    version,
    metric: {
      name: metric.name,
      unit: metric.unit,
      fp32: aggregateScores(metric, fp32),
      predicted: pair.predicted,
      measured: pair.measured,
      difference,
      interval: [interval[0], interval[1]],
      confidence,
    },
    samples,
    ...(classes && { equalShare: classes.equal / classes.samples }),
    ...(powers && measured.length > 0 && { sqnrDb: sqnrOf(powers) }),
    ...(layers && { layers }),
    notes: notes.map((note) => note.slice(0, LONGEST_NOTE)),
  };
}
