import type { z } from 'zod';
import { UserError } from '../errors.ts';
import type { Metric, Score } from './metric.ts';

/** The metric over samples that are picked by their indices, some of them more than once. */
export type OverPicks = (indices: ArrayLike<number>) => number;

/** The metric over picks of `scores`: what can be done once for all picks is done here. */
export function overPicksOf(metric: Metric, scores: readonly Score[]): OverPicks {
  return metric.overPicks?.(scores) ?? ((indices) => metric.aggregate(Array.from(indices, (i) => scores[i])));
}

/**
 * `aggregate` and `overPicks` of a metric whose scores are more than numbers: each score is read once.
 *
 * @param name of the metric, for messages
 */
export function fromScores<T>(
  name: string,
  schema: z.ZodType<T>,
  over: (read: readonly T[]) => OverPicks,
): Pick<Metric, 'aggregate' | 'overPicks'> {
  const overPicks = (scores: readonly Score[]) =>
    over(
      scores.map((score) => {
        const { data, success } = schema.safeParse(score);
        if (!success) throw new UserError(`a score of ${name} is not one: make the baseline again`);
        return data;
      }),
    );
  return { overPicks, aggregate: (scores) => overPicks(scores)(scores.map((_, i) => i)) };
}
