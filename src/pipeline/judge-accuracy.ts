import { type FloorJudgement, judgeFloor } from '../verdict/accuracy-floor.ts';
import { looksOf } from '../verdict/looks.ts';
import { type Judgement, judge } from '../verdict/verdict.ts';
import type { BaselineLookup } from './find-baseline.ts';
import {
  type ComparedWithBase,
  comparedWithBase,
  type Judgeable,
  type Measured,
} from './judge-regression.ts';
import type { Prepared } from './prepare.ts';

/** What a target comes to by each budget of accuracy. */
export interface AccuracyJudgement {
  readonly byQuantization: Judgement;
  /** Undefined where nothing older is stored. */
  readonly withBase: ComparedWithBase | undefined;
  readonly floor: FloorJudgement | undefined;
}

/** Holds the budgets of accuracy against what a target scores. */
export function judgeAccuracy(
  prepared: Prepared,
  target: Judgeable,
  lookup: BaselineLookup,
  measured: Measured,
): AccuracyJudgement {
  const { config, metric, maxDrop, minAccuracy } = prepared;
  const { confidence } = config.budget;
  const { scores, fp32 } = measured;
  const looks = looksOf(measured.looked);
  return {
    byQuantization: judge({
      metric,
      fp32Scores: fp32,
      quantizedScores: scores,
      budget: { maxDrop, confidence },
      looks,
    }),
    withBase: comparedWithBase(prepared, target, lookup, measured),
    floor: minAccuracy === undefined ? undefined : judgeFloor(metric, scores, minAccuracy, confidence, looks),
  };
}
