import type { Baseline } from '../baseline/baseline.ts';
import type { Calibration } from '../calibration/calibration-record.ts';
import type { Evaluation } from '../evaluation/evaluation.ts';
import type { BaselineLookup } from './measure-baseline.ts';
import type { Probes } from './read-probes.ts';

/** What the targets of one model are judged on. */
export interface Evidence {
  readonly calibration: Calibration;
  /** The hash of the evaluation samples, their labels and preprocessing. */
  readonly dataSha256: string;
  readonly lookup: BaselineLookup;
  /** The stored baseline, or the one that was evaluated now. */
  readonly fp32: Baseline;
  /** By contestant. */
  readonly evaluations: ReadonlyMap<string, Evaluation>;
  readonly probes: Probes;
}
