import type { Baseline } from '../baseline/baseline.ts';
import type { Calibration } from '../calibration/calibration-record.ts';
import type { Evaluation } from '../evaluation/evaluation.ts';
import type { BaselineLookup } from './find-baseline.ts';
import type { Probes } from './read-probes.ts';

/** What the targets of one model are judged on. */
export interface Evidence {
  readonly calibration: Calibration;
  /** The hash of the evaluation samples, their labels and preprocessing. */
  readonly dataSha256: string;
  /** What the base branch has of the model. */
  readonly lookup: BaselineLookup;
  /** FP32 of this very model: stored with the base where that has the same, or evaluated now. */
  readonly fp32: Baseline;
  /** By contestant. */
  readonly evaluations: ReadonlyMap<string, Evaluation>;
  readonly probes: Probes;
}
