import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { MeasuredAttempt } from '../../../../src/pipeline/recover/attempt.ts';
import { bestOf, standingOf } from '../../../../src/pipeline/recover/standing.ts';
import { attempt, outcomes } from './attempts.ts';

describe('the standing of a change', () => {
  it.each([
    [{ verdict: 'pass', drop: 0.5 }, 'keeps'],
    [{ verdict: 'fail', drop: 0 }, 'misses'],
    [{ verdict: 'inconclusive', drop: 0.005 }, 'undecided'],
    [{ verdict: 'inconclusive', drop: 0.01 }, 'undecided'],
    [{ verdict: 'inconclusive', drop: 0.011 }, 'misses'],
    [{ verdict: 'inconclusive', drop: 0.5, budget: null }, 'undecided'],
    [{ verdict: 'inconclusive', drop: 0, byQuantization: 'fail' }, 'misses'],
  ] as const)('with %o is that it %s', (outcome, standing) => {
    expect(standingOf(attempt(outcome).result)).toBe(standing);
  });
});

describe('the best of changes', () => {
  const first = (...all: MeasuredAttempt[]) => bestOf(all)[0];

  it('keeps the budgets before it may keep them, and that before it misses them', () => {
    const keeps = attempt({ verdict: 'pass', kind: 'precision', layers: 9, drop: 0.02 });
    const undecided = attempt({ verdict: 'inconclusive', kind: 'ranges', drop: 0 });
    const misses = attempt({ verdict: 'fail', kind: 'ranges', drop: -0.01 });
    expect(first(misses, undecided, keeps)).toBe(keeps);
    expect(first(misses, undecided)).toBe(undecided);
  });

  it('is the smaller change, and of equal ones that of fewer layers and of less drop', () => {
    const kinds = ['ranges', 'granularity', 'recipe', 'precision'] as const;
    const all = kinds.map((kind, i) => attempt({ kind, drop: -i / 100 }));
    expect(first(...all.toReversed())).toBe(all[0]);
    const fewer = attempt({ kind: 'precision', layers: 2, drop: 0.01 });
    expect(first(attempt({ kind: 'precision', layers: 3, drop: 0 }), fewer)).toBe(fewer);
    const better = attempt({ kind: 'recipe', drop: 0 });
    expect(first(attempt({ kind: 'recipe', drop: 0.005 }), better)).toBe(better);
  });

  it('is that of less drop, whatever its size, where all miss the budgets', () => {
    const large = attempt({ verdict: 'fail', kind: 'precision', layers: 5, drop: 0.02 });
    expect(first(attempt({ verdict: 'fail', kind: 'ranges', drop: 0.03 }), large)).toBe(large);
  });

  it('comes with the one of least drop, where that is another', () => {
    const [small, least] = [attempt({ kind: 'ranges', drop: 0.01 }), attempt({ kind: 'recipe', drop: 0 })];
    expect(bestOf([least, small])).toEqual([small, least]);
    expect(bestOf([small])).toEqual([small]);
    expect(bestOf([])).toEqual([]);
  });

  it('is the same whether all are compared at once or one after the other', () => {
    const seen = (all: readonly MeasuredAttempt[]) =>
      all.map(({ kind, config, result }) => [
        kind,
        config.layers.size,
        result.judgement.drop,
        standingOf(result),
      ]);
    fc.assert(
      fc.property(fc.array(outcomes, { minLength: 1, maxLength: 12 }), (given) => {
        const all = given.map(attempt);
        let kept: MeasuredAttempt[] = [];
        for (const each of all) kept = bestOf([...kept, each]);
        expect(seen(kept).at(0)).toEqual(seen(bestOf(all)).at(0));
        const least = (some: readonly MeasuredAttempt[]) =>
          Math.min(...some.map(({ result }) => result.judgement.drop));
        expect(least(kept)).toBe(least(all));
        expect(kept.length).toBeLessThanOrEqual(2);
      }),
    );
  });
});
