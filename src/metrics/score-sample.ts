import { z } from 'zod';
import { messageOf, UserError } from '../errors.ts';
import type { Metric, SampleResult, Score, Scorer, Scoring } from './metric.ts';

const json = z.json();

/**
 * Scores one sample.
 *
 * @throws UserError naming metric and sample when that fails or the score would not survive JSON
 */
export function scoreSample(
  metric: Metric,
  { sample, outputs, names, label, reference }: SampleResult,
): Score {
  const where = `metric ${metric.name}, sample ${sample}`;
  let score: Score;
  try {
    score = metric.score(outputs, label, reference, names);
  } catch (error) {
    throw new UserError(`${where}: ${messageOf(error)}`);
  }
  if (metric.decomposable ? !Number.isFinite(score) : !isJson(score)) {
    const wanted = metric.decomposable ? 'a finite number' : 'a JSON value with finite numbers';
    throw new UserError(
      `${where}: the score is ${kindOf(score)}, not ${wanted}: check the metric, then the output`,
    );
  }
  return score;
}

/** Scores the samples of one model, as the metric does it. */
export async function openScorer(metric: Metric, scoring: Scoring): Promise<Scorer> {
  if (metric.together !== undefined) return metric.together(scoring);
  const scores: Score[] = [];
  return {
    async add(result) {
      scores.push(scoreSample(metric, result));
    },
    soFar: () => scores,
    finish: async () => scores,
    async close() {},
  };
}

/** What a module made may be anything, and throw when it is read. */
function kindOf(score: unknown): string {
  if (score === undefined || typeof score === 'number') return String(score);
  return score instanceof Promise ? 'a promise' : `of type ${typeof score}`;
}

/** Whether it is written and read again as it is; what a module made may be a ring, throw when it is read, or nest too deep. */
function isJson(score: Score): boolean {
  try {
    return json.safeParse(score).success && JSON.stringify(score) !== undefined;
  } catch {
    return false;
  }
}

/**
 * The metric over all samples.
 *
 * @throws UserError when there are none or the result is not finite
 */
export function aggregateScores(metric: Metric, scores: readonly Score[]): number {
  if (scores.length === 0) throw new UserError(`metric ${metric.name}: there are no samples to score`);
  const value = metric.aggregate(scores);
  if (!Number.isFinite(value)) {
    throw new UserError(
      `metric ${metric.name} over ${scores.length} samples is ${value}, not a finite number`,
    );
  }
  return value;
}
