import { describe, expect, it } from 'vitest';
import { UserError } from '../../../src/errors.ts';
import { metricOf } from '../../../src/metrics/metric-module.ts';
import { compare } from '../../../src/verdict/comparison.ts';

const SCORES = [1, 2, 3, 4, 5, 6, 7, 8];

describe('a comparison', () => {
  it.each([
    ['a drop that no number holds', (scores: readonly number[]) => (scores[0] === 1 ? 1.5e308 : -1.5e308)],
    ['an interval that no number holds', (scores: readonly number[]) => 1e308 * Math.sin(scores[0])],
  ])('of %s ends in one line, not in a report that is none', (_, aggregate) => {
    const exported = { name: 'mine', higherIsBetter: true, score: () => 1, aggregate };
    const compared = () =>
      compare(
        metricOf(exported, 'm.mjs'),
        SCORES,
        SCORES.map((score) => score + 1),
        0.95,
      );
    expect(compared).toThrow(UserError);
    expect(compared).toThrow(
      /^metric mine: the drop is .*Infinity.* not finite: give scores of an ordinary size/,
    );
  });
});
