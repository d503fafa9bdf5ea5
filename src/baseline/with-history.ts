import { UserError } from '../errors.ts';
import type { ModelHistory } from '../history/history-file.ts';
import { mergedHistory } from '../history/merge-history.ts';
import type { HistoryPoint } from '../history/point.ts';
import { type Baseline, readBaseline } from './baseline.ts';
import type { BaselineStore } from './store.ts';

/** The point that a recording adds. */
export function pointOf({ commit, date, tool, metric, value, targets }: Baseline): HistoryPoint {
  return {
    commit,
    date,
    tool,
    metric,
    fp32: value,
    targets: targets.map(({ target, value: int8, drop, interval, worstLayer, maxBitsLost, verified }) => ({
      target,
      int8,
      drop,
      interval,
      worstLayer,
      maxBitsLost,
      ...(verified && { verified }),
    })),
  };
}

/** The history that a baseline carries. */
export function historyOf({ model, unit = 'value', history = [] }: Baseline): ModelHistory {
  return { model, unit, points: history };
}

/** A baseline that also holds what was recorded before it. */
export function withHistory(baseline: Baseline, ...earlier: readonly (readonly HistoryPoint[])[]): Baseline {
  return { ...baseline, history: mergedHistory(...earlier, [pointOf(baseline)]) };
}

/**
 * What a stored baseline tells of earlier recordings; one that was made before there was a history is a point itself.
 *
 * @param lost is told why there is none where there should be one
 */
export async function earlierHistory(
  store: BaselineStore | undefined,
  model: string,
  lost: (why: string) => void,
): Promise<readonly HistoryPoint[]> {
  try {
    const file = await store?.(model);
    if (file === undefined) return [];
    const stored = readBaseline(Buffer.from(file.bytes).toString('utf8'), file.where);
    return stored.model === model ? (stored.history ?? [pointOf(stored)]) : [];
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    lost(`the history of ${model} begins anew: ${error.message}`);
    return [];
  }
}
