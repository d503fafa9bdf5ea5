import { describe, expect, it } from 'vitest';
import { UserError } from '../../../src/errors.ts';
import type { Metric, Score } from '../../../src/metrics/metric.ts';
import { metricOf } from '../../../src/metrics/metric-module.ts';
import { aggregateScores, scoreSample } from '../../../src/metrics/score-sample.ts';
import { outputs } from './tensors.ts';

const answer = (sample: number) => ({ sample, outputs: {}, label: undefined, reference: undefined });
const good = { name: 'mine', higherIsBetter: true, score: () => 1, aggregate: () => 0.5 };
const throwsGone = () => {
  throw new Error('gone');
};
const ring: unknown[] = [];
ring.push(ring);
let deep: unknown = 1;
for (let i = 0; i < 1e5; i++) deep = [deep];
const scoring = (score: unknown): Metric => metricOf({ ...good, score: () => score }, 'm.mjs');

describe('a metric module', () => {
  it('keeps what it declares', () => {
    const metric = metricOf(
      { ...good, unit: 'fraction', labels: 'tensor', keep: () => 3 },
      'm.mjs',
      '/work/m.mjs',
    );
    expect(metric).toMatchObject({
      unit: 'fraction',
      labels: 'tensor',
      reference: true,
      decomposable: false,
    });
    expect(metric.keep?.(outputs([1]))).toBe(3);
  });

  it.each([
    [undefined, 'default export: '],
    [{ ...good, name: 'a|b' }, 'default export.name: must be'],
    [{ ...good, score: 3 }, 'default export.score: must be a function'],
    [{ ...good, unit: 'pp' }, 'default export.unit: '],
    [{ ...good, lowerIsBetter: true }, 'lowerIsBetter'],
    [Object.defineProperty({ ...good }, 'name', { get: throwsGone }), 'default export fails (gone'],
  ])('is refused in one line (%#)', (exported, message) => {
    expect(() => metricOf(exported, 'm.mjs')).toThrow(UserError);
    expect(() => metricOf(exported, 'm.mjs')).toThrow(`metric module m.mjs: `);
    expect(() => metricOf(exported, 'm.mjs')).toThrow(message);
  });

  it('has its exceptions reported with module and sample', () => {
    const score = () => {
      throw new TypeError('no boxes\nin label');
    };
    expect(() => scoreSample(metricOf({ ...good, score }, 'm.mjs'), answer(12))).toThrow(
      'metric mine, sample 12: metric module m.mjs: score fails (TypeError: no boxes in label): correct it',
    );
  });
});

describe('scores', () => {
  it.each<Score>([1, [1, 'a', null], { hits: [0.5, 1], truth: 3 }])('may be any JSON value (%#)', (score) => {
    expect(scoreSample(scoring(score), answer(0))).toEqual(score);
  });

  it.each([Number.NaN, undefined, [1, Number.POSITIVE_INFINITY], 3n, { at: () => 1 }, ring, deep])(
    'must survive a stored baseline (%#)',
    (score) => {
      expect(() => scoreSample(scoring(score), answer(4))).toThrow(/sample 4: the score is .{2,20}, not a/);
    },
  );

  it('aggregate to a finite number over at least one sample', () => {
    expect(aggregateScores(scoring(1), [1])).toBe(0.5);
    expect(() => aggregateScores(scoring(1), [])).toThrow('there are no samples');
    expect(() => aggregateScores(metricOf({ ...good, aggregate: () => Number.NaN }, 'm.mjs'), [1])).toThrow(
      'is NaN',
    );
  });
});
