import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { shardRange } from '../../../src/data/shard.ts';
import { UserError } from '../../../src/errors.ts';
import {
  type EvaluationIdentity,
  type EvaluationShard,
  readEvaluation,
  writeEvaluation,
} from '../../../src/evaluation/evaluation-record.ts';
import { mergeEvaluations, shardValue } from '../../../src/evaluation/merge-evaluations.ts';
import { emptySketch } from '../../../src/evaluation/output-sketch.ts';
import type { Metric, Score } from '../../../src/metrics/metric.ts';
import { metricOf } from '../../../src/metrics/metric-module.ts';
import { perplexity } from '../../../src/metrics/perplexity.ts';
import { mseMetric } from '../../../src/metrics/squared-error.ts';

const identity: EvaluationIdentity = {
  model: 'm',
  modelSha256: 'a'.repeat(64),
  dataSha256: 'b'.repeat(64),
  calibrationSha256: 'c'.repeat(64),
  settingsSha256: 'd'.repeat(64),
  provider: 'cpu',
  tool: '0.1.0',
};

/** The evaluation of samples [from, to) of `scores`, which begin with sample 10. */
function shardOf(
  scores: readonly Score[],
  index: number,
  count: number,
  metric: Metric = mseMetric,
): EvaluationShard {
  const range = shardRange([10, 10 + scores.length], { index, count }, 2);
  const own = scores.slice(range[0] - 10, range[1] - 10);
  const resultOf = (names: readonly number[]) => ({
    scores: own,
    value: shardValue(metric, own),
    references: names.map((name) => Float32Array.of(name, 0.1)),
    greatest: own.map((_, i) => range[0] + i),
    overflows: new Map([['conv', own.length]]),
    largest: new Map([
      ['sum', 7.5],
      ['power', Infinity],
    ]),
    sketch: emptySketch(),
  });
  const results = new Map([
    ['fp32', resultOf(own.map((_, i) => range[0] + i))],
    ['snpe', resultOf([])],
  ]);
  const failures = new Map([['onnxruntime', 'it does not open']]);
  return { identity, shard: { index, count }, range, results, failures };
}

const shardsOf = (scores: readonly Score[], count: number, metric?: Metric) =>
  Array.from({ length: count }, (_, i) => shardOf(scores, i + 1, count, metric));

const numbers = (count: number) =>
  fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), {
    minLength: count,
    maxLength: 40,
  });

describe('shards of an evaluation', () => {
  it('read back as they were written, every bit of a score, and merge to the whole in any order', () => {
    fc.assert(
      fc.property(
        numbers(20),
        fc.integer({ min: 1, max: 9 }),
        fc.infiniteStream(fc.nat()),
        (all, count, order) => {
          // JSON has no -0; neither does any mean that a score is a part of.
          const scores = all.map((score) => score + 0);
          const [whole] = shardsOf(scores, 1);
          const shards = shardsOf(scores, count)
            .map((shard) => [order.next().value, readEvaluation(writeEvaluation(shard), 'e.json')] as const)
            .sort(([a], [b]) => a - b)
            .map(([, shard]) => shard);
          const merged = mergeEvaluations(shards, identity, mseMetric);
          for (const [name, { value: _, ...result }] of whole!.results)
            expect(merged.get(name)).toEqual(result);
        },
      ),
      { numRuns: 50 },
    );
  });

  it('merge for a metric that is no mean of its scores', () => {
    const scores = Array.from({ length: 9 }, (_, i) => [i / 7, i + 1]);
    const merged = mergeEvaluations(shardsOf(scores, 3, perplexity), identity, perplexity);
    expect(perplexity.aggregate(merged.get('snpe')!.scores)).toBe(perplexity.aggregate(scores));
  });

  it('merge where a shard has too few samples for a value of its own', () => {
    const scores = [0, 1, 2, 3].map((i) => [i, i < 2 ? 0 : 1]);
    const merged = mergeEvaluations(shardsOf(scores, 2, perplexity), identity, perplexity);
    expect(merged.get('fp32')!.scores).toEqual(scores);
  });

  it('merge for what each of them ran: one that found a baseline has not run FP32', () => {
    const [a, b] = shardsOf([1, 2, 3, 4], 2);
    const without = { ...b!, results: new Map([...b!.results].slice(1)) };
    expect([...mergeEvaluations([a!, without], identity, mseMetric).keys()]).toEqual(['snpe']);
  });

  it('are refused for a metric that keeps something outside its scores', () => {
    let calls = 0;
    const forgetful = metricOf(
      { name: 'forgetful', higherIsBetter: true, score: () => 0, aggregate: () => calls++ },
      'metric.mjs',
    );
    const shards = shardsOf([1, 2, 3, 4], 2, forgetful);
    expect(() => mergeEvaluations(shards, identity, forgetful)).toThrow(
      /forgetful .* evaluate on one runner/,
    );
  });

  it.each<[string, (shards: EvaluationShard[]) => EvaluationShard[], RegExp]>([
    ['one is missing', ([a, , c]) => [c!, a!], /shard 2\/3 of m is missing: give all 3 files/],
    ['the last is missing', ([a, b]) => [a!, b!], /shard 3\/3 of m is missing/],
    ['one is there twice', ([a, b, c]) => [a!, b!, c!, b!], /shard 2\/3 of m is there twice/],
    [
      'they are cut in two ways',
      ([a]) => [a!, shardOf([1, 2, 3, 4], 2, 2)],
      /1\/3 of m and .* 2\/2 .* of two/,
    ],
    [
      'samples lie between them',
      ([a, b, c]) => [a!, { ...b!, range: [b!.range[0] + 1, b!.range[1] + 1] }, c!],
      /shard 1\/3 of m ends before sample 12, .* begins with 13/,
    ],
  ])('are refused when %s', (_, change, message) => {
    const changed = change(shardsOf([1, 2, 3, 4, 5, 6], 3));
    expect(() => mergeEvaluations(changed, identity, mseMetric)).toThrow(message);
  });

  it.each<[keyof EvaluationIdentity, RegExp]>([
    ['model', /of another model/],
    ['modelSha256', /another version of the model \(eeeeeeeeeeee, here aaaaaaaaaaaa\)/],
    ['dataSha256', /other samples, labels or preprocessing/],
    ['calibrationSha256', /another calibration/],
    ['settingsSha256', /other targets, ranges or another metric/],
    ['provider', /another provider/],
    ['tool', /another version of quantgate/],
  ])('are refused when the %s of one differs', (key, message) => {
    const [a, b] = shardsOf([1, 2, 3, 4], 2);
    const other = { ...b!, identity: { ...identity, [key]: 'e'.repeat(64) } };
    expect(() => mergeEvaluations([a!, other], identity, mseMetric)).toThrow(message);
  });
});

describe('an evaluation file', () => {
  const text = writeEvaluation(shardOf([1, 0.25, 0], 1, 1));

  it('ends in a UserError for anything else', () => {
    fc.assert(
      fc.property(fc.nat(text.length), fc.nat(text.length), fc.string(), (from, to, insert) => {
        try {
          readEvaluation(text.slice(0, from) + insert + text.slice(to), 'e.json');
        } catch (error) {
          if (!(error instanceof UserError)) throw error;
        }
      }),
    );
  });

  it.each([
    ['{', /e\.json is not an evaluation \(no JSON: .+\): run npx --no -- quantgate evaluate again/],
    [text.replace('"shard":[1,1]', '"shard":[3,2]'), /shard 3\/2/],
    [text.replace('"range":[10,13]', '"range":[10,14]'), /results of "fp32" are not 4/],
    [text.replace('"range":[10,13]', '"range":[13,10]'), /its range is empty/],
    [text.replace('0.25', '['.repeat(50_000) + ']'.repeat(50_000)), /nested too deeply/],
  ])('is refused for what is in it (%#)', (changed, message) => {
    expect(() => readEvaluation(changed, 'e.json')).toThrow(message);
  });
});
