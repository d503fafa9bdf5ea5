import { printable, UserError } from '../errors.ts';
import type { Metric, Score } from '../metrics/metric.ts';
import { aggregateScores } from '../metrics/score-sample.ts';
import { checkIdentity, type Refusal } from './check-identity.ts';
import { type Evaluation, emptyEvaluation } from './evaluation.ts';
import type { EvaluationIdentity, EvaluationShard } from './evaluation-record.ts';
import { mergeSketches } from './output-sketch.ts';

const refusal: Refusal<EvaluationIdentity> = {
  foreign: {
    model: 'another model',
    tool: 'another version of quantgate',
    modelSha256: 'another version of the model',
    dataSha256: 'other samples, labels or preprocessing',
    settingsSha256: 'other targets, ranges or another metric',
    calibrationSha256: 'another calibration',
    provider: 'another provider',
  },
  remedy: 'evaluate and judge with one commit, one quantgate.yml and one calibration',
};

/**
 * Puts the shards of one evaluation together: by contestant that each of them ran, the results of every sample in the order of the samples,
 * as a single runner would have had them. Scores are of single samples, so that every metric merges exactly.
 *
 * @param shards in any order
 * @param expected what each of them must be of
 * @throws UserError when one is foreign, missing or there twice, or when the metric keeps more than its scores
 */
export function mergeEvaluations(
  shards: readonly EvaluationShard[],
  expected: EvaluationIdentity,
  metric: Metric,
): Map<string, Evaluation> {
  for (const shard of shards)
    checkIdentity({ name: nameOf(shard), identity: shard.identity }, expected, refusal);
  const sorted = inOrder(shards);
  const names = [...sorted[0].results.keys()];
  const everywhere = names.filter((name) => sorted.every(({ results }) => results.has(name)));
  return new Map(everywhere.map((name) => [name, joined(sorted, name, metric)]));
}

/** What a shard states of its scores: the metric over them, null where so few samples have none. */
export function shardValue(metric: Metric, scores: readonly Score[]): number | null {
  try {
    return aggregateScores(metric, scores);
  } catch (error) {
    if (error instanceof UserError) return null;
    throw error;
  }
}

function joined(shards: readonly EvaluationShard[], name: string, metric: Metric): Evaluation {
  const sketch = mergeSketches(shards.map(({ results }) => results.get(name)!.sketch));
  const whole = { ...emptyEvaluation(), sketch };
  for (const shard of shards) {
    const { value, scores, references, greatest, overflows, largest } = shard.results.get(name)!;
    if (shardValue(metric, scores) !== value) {
      throw new UserError(
        `${nameOf(shard)}: the scores do not give the ${metric.name} it states: a metric that keeps more than its scores cannot be merged, evaluate on one runner`,
      );
    }
    for (const score of scores) whole.scores.push(score);
    for (const reference of references) whole.references.push(reference);
    for (const index of greatest) whole.greatest.push(index);
    for (const [layer, count] of overflows)
      whole.overflows.set(layer, (whole.overflows.get(layer) ?? 0) + count);
    for (const [tensor, most] of largest)
      whole.largest.set(tensor, Math.max(whole.largest.get(tensor) ?? -Infinity, most));
  }
  return whole;
}

/** The shards by index, every one of them once, without a gap between their samples. */
function inOrder(shards: readonly EvaluationShard[]): readonly [EvaluationShard, ...EvaluationShard[]] {
  const byIndex = new Map<number, EvaluationShard>();
  const { count } = shards[0].shard;
  for (const shard of shards) {
    if (shard.shard.count !== count) {
      throw new UserError(
        `${nameOf(shards[0])} and ${nameOf(shard)} are of two evaluations: give the files of one`,
      );
    }
    if (byIndex.has(shard.shard.index))
      throw new UserError(`${nameOf(shard)} is there twice: give each file once`);
    byIndex.set(shard.shard.index, shard);
  }
  const sorted = Array.from({ length: count }, (_, i) => {
    const shard = byIndex.get(i + 1);
    if (shard !== undefined) return shard;
    const missing = nameOf({ identity: shards[0].identity, shard: { index: i + 1, count } });
    throw new UserError(`${missing} is missing: give all ${count} files`);
  });
  for (const [i, shard] of sorted.slice(1).entries()) {
    if (shard.range[0] !== sorted[i].range[1]) {
      throw new UserError(
        `${nameOf(sorted[i])} ends before sample ${sorted[i].range[1]}, ${nameOf(shard)} begins with ${shard.range[0]}: evaluate again`,
      );
    }
  }
  return sorted as [EvaluationShard, ...EvaluationShard[]];
}

function nameOf({ identity, shard }: Pick<EvaluationShard, 'identity' | 'shard'>): string {
  return `evaluation shard ${shard.index}/${shard.count} of ${printable(identity.model)}`;
}
