import type { Baseline } from '../baseline/baseline.ts';
import { storedInt8 } from '../baseline/stored-target.ts';
import { historyOf } from '../baseline/with-history.ts';
import { type Choice, choicesSha256 } from '../config/config-hash.ts';
import type { TargetConfig } from '../config/target-id.ts';
import { ofSeen, type SeenSamples } from '../evaluation/looked.ts';
import { comparablePoints } from '../history/history-file.ts';
import type { HistoryPoint } from '../history/point.ts';
import type { Snapshot } from '../history/snapshot.ts';
import type { Score } from '../metrics/metric.ts';
import { aggregateScores } from '../metrics/score-sample.ts';
import type { Quantized } from '../quantization/quantized.ts';
import { looksOf } from '../verdict/looks.ts';
import { judgeRegression, type Regression } from '../verdict/regression.ts';
import { version } from '../version.ts';
import type { BaselineLookup } from './find-baseline.ts';
import type { Prepared } from './prepare.ts';

/** What says which stored target a candidate is compared with. */
export interface Judgeable {
  readonly config: Pick<TargetConfig, 'id' | Choice>;
  readonly quantized: Pick<Quantized, 'scheme'>;
}

/** INT8 of a target as it was recorded, in the metric's unit; no commit outside of git. */
type Recorded = { readonly int8: number } & Pick<HistoryPoint, 'date' | 'commit'>;

/** The scores of one target, and those of FP32 on the same samples. */
export interface Measured {
  readonly scores: readonly Score[];
  readonly fp32: readonly Score[];
  /** Left out where they are of all samples, in their order, and nobody looked before. */
  readonly looked?: SeenSamples | undefined;
}

/** A target beside what the base branch has of it. */
export interface ComparedWithBase extends Regression {
  /** FP32 and INT8 of the base on the same samples, in the metric's unit; no INT8 where none can be compared with. */
  readonly base: { readonly fp32: number; readonly int8: number | undefined };
  /** INT8 of the last recordings, oldest first. */
  readonly history: readonly Recorded[];
  /** What the base's quantized model was like; undefined where that was not kept. */
  readonly snapshot: Snapshot | undefined;
  /** Why the base has no INT8 to compare with. */
  readonly missing: string | undefined;
}

/** Compares a target with the stored baseline, on the samples that it was measured on; undefined where there is none. */
export function comparedWithBase(
  { config, model, metric, maxRegression }: Prepared,
  { config: target, quantized: { scheme } }: Judgeable,
  lookup: BaselineLookup,
  { scores, fp32, looked }: Measured,
): ComparedWithBase | undefined {
  if (lookup.state !== 'compared') return undefined;
  const { baseline } = lookup;
  const { granularity: weights, weightBits, activationBits, range } = scheme;
  const stored = storedInt8(baseline, {
    target: target.id,
    scheme: { weights, weightBits, activationBits, range },
    tool: version,
  });
  const int8 = 'missing' in stored ? undefined : stored;
  const base = { fp32: ofSeen(baseline.scores, looked), int8: int8 && ofSeen(int8.scores, looked) };
  const looks = looksOf(looked);
  const regression = judgeRegression({
    metric,
    base,
    head: { fp32, int8: scores },
    looks,
    budget: { maxDrop: maxRegression, confidence: config.budget.confidence },
    isSame: int8?.modelSha256 === model.sha256 && int8.rangesSha256 === choicesSha256(target),
  });
  return {
    ...regression,
    base:
      looks === 'early'
        ? {
            fp32: aggregateScores(metric, base.fp32),
            int8: base.int8 && aggregateScores(metric, base.int8),
          }
        : { fp32: baseline.value, int8: int8?.value },
    history: recorded(baseline, target.id),
    snapshot: int8?.snapshot,
    missing: 'missing' in stored ? stored.missing : undefined,
  };
}

const MAX_RECORDINGS = 60;

function recorded(baseline: Baseline, id: string): Recorded[] {
  return comparablePoints(historyOf(baseline))
    .flatMap(({ date, commit, targets }) => {
      const found = targets.find(({ target }) => target === id);
      return found === undefined ? [] : [{ int8: found.int8, date, commit }];
    })
    .slice(-MAX_RECORDINGS);
}
