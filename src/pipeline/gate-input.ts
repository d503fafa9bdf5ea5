import type { BaselineStore } from '../baseline/store.ts';
import type { Calibration } from '../calibration/calibration-record.ts';
import type { Config } from '../config/config.ts';
import type { EvaluationShard } from '../evaluation/evaluation-record.ts';
import type { ChipFile } from './export.ts';
import type { GivenExplanation } from './shard-files.ts';

/** What a gate runs on beside its config. */
export interface GateInput {
  readonly config: Pick<Config, 'provider' | 'models'>;
  /** Undefined where none are kept. */
  readonly baselines: BaselineStore | undefined;
  /** Shards of finished calibrations by model name; models without any are calibrated here. */
  readonly shards: ReadonlyMap<string, readonly Calibration[]>;
  /** Shards of finished evaluations by model name; models without any are evaluated here. */
  readonly evaluations?: ReadonlyMap<string, readonly EvaluationShard[]>;
  /** Shards of finished explanations by model name; targets of models without any are explained here. */
  readonly explanations?: ReadonlyMap<string, readonly GivenExplanation[]>;
  /** The commit that is judged; null outside of git. */
  readonly commit: string | null;
  readonly date: Date;
  /** What it runs on, in words. */
  readonly machine?: string;
  /** Takes the files for the chips' tools, one by one, so that they need not be held together. */
  readonly writeChipFile: (file: ChipFile) => Promise<void>;
}
