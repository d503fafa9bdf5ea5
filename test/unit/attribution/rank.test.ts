import { describe, expect, it } from 'vitest';
import { isDestroyed, rankUnits } from '../../../src/attribution/impact/rank.ts';

/** Units by falling cost. */
const units = (costs: Record<string, number>) => new Map(Object.entries(costs));

/** Sets of these units measured by a function of what is on, counted. */
function sets(units: Iterable<string>, nsr: (on: ReadonlySet<string>) => number) {
  const runs = { done: 0 };
  const measure = {
    all: new Set(units),
    nsrOf: async (on: ReadonlySet<string>) => {
      runs.done++;
      return nsr(on);
    },
  };
  return { runs, measure };
}

const sum = (alone: ReadonlyMap<string, number>) => (on: ReadonlySet<string>) =>
  [...on].reduce((total, name) => total + alone.get(name)!, 0);

describe('ranking', () => {
  it('is by the cost of each unit alone where errors add, without a run', async () => {
    const alone = units({ b: 3, d: 3, c: 2, a: 1 });
    const { measure, runs } = sets(alone.keys(), sum(alone));
    const ranked = await rankUnits([...alone.keys()], 1.99, 8, measure);
    expect(ranked).toEqual({ order: ['b', 'd', 'c', 'a'], ranking: 'alone' });
    expect(runs.done).toBe(0);
  });

  it.each([
    [2, 8],
    [Infinity, 8],
    [Number.NaN, 4],
    [1, 4],
    [1, 2],
  ])('tries sets at additivity %d and %d-bit weights', async (additivity, bits) => {
    const alone = units({ a: 3, b: 2, c: 1 });
    const { measure, runs } = sets(alone.keys(), sum(alone));
    const ranked = await rankUnits([...alone.keys()], additivity, bits, measure);
    expect(ranked.order).toEqual(['a', 'b', 'c']);
    // Three and two tries, and two prefixes of the order by cost alone.
    expect(runs.done).toBe(3 + 2 + 2);
  });

  it('puts first what lowers the noise of the set most, where errors cancel', async () => {
    // Alone a costs the most, but its error takes away what b and c do together.
    const alone = units({ a: 5, b: 4, c: 3, d: 1 });
    const nsr = (on: ReadonlySet<string>) =>
      (on.has('b') ? 4 : 0) + (on.has('c') ? 3 : 0) + (on.has('d') ? 1 : 0) - (on.has('a') ? 0.5 : 0);
    const { measure, runs } = sets(alone.keys(), nsr);
    const ranked = await rankUnits([...alone.keys()], 2, 8, measure);
    expect(ranked).toEqual({ order: ['b', 'c', 'd', 'a'], ranking: 'greedy' });
    expect(runs.done).toBe(4 + 3 + 2 + 3);
  });

  it('stays with the units alone where two hide each other and greed takes the wrong ones', async () => {
    const alone = units({ a: 5, b: 5, c: 0.2, d: 0.1 });
    const nsr = (on: ReadonlySet<string>) =>
      (on.has('a') || on.has('b') ? 5 : 0) + (on.has('c') ? 0.2 : 0) + (on.has('d') ? 0.1 : 0);
    const ranked = await rankUnits([...alone.keys()], 2, 8, sets(alone.keys(), nsr).measure);
    expect(ranked).toEqual({ order: ['a', 'b', 'c', 'd'], ranking: 'alone' });
  });

  it('reorders twelve units among the next four in line, and leaves the rest behind them', async () => {
    const names = Array.from({ length: 20 }, (_, i) => `u${i}`);
    const alone = units(Object.fromEntries(names.map((name, i) => [name, 100 - i])));
    // In the set, the units that cost least alone cost most.
    const nsr = (on: ReadonlySet<string>) =>
      [...on].reduce((total, name) => total + Number(name.slice(1)), 0);
    const { measure, runs } = sets(alone.keys(), nsr);
    const { order, ranking } = await rankUnits([...alone.keys()], 3, 8, measure);
    expect(ranking).toBe('greedy');
    const places = [3, 4, 5, 6, 7, 8, 9, 10, 11, 2, 1, 0];
    expect(order).toEqual([...places.map((i) => `u${i}`), ...names.slice(12)]);
    expect(runs.done).toBe(41 + 11);
  });

  it('is defined for infinite noise and for no or one unit', async () => {
    const alone = units({ b: Infinity, c: Infinity, a: 1 });
    const { order } = await rankUnits([...alone.keys()], 1, 4, sets(alone.keys(), () => Infinity).measure);
    expect(order).toEqual(['b', 'c', 'a']);
    const none = await rankUnits([], 1, 4, sets([], () => 0).measure);
    expect(none).toEqual({ order: [], ranking: 'alone' });
    const one = await rankUnits(['a'], 1, 4, sets(['a'], () => 0).measure);
    expect(one).toEqual({ order: ['a'], ranking: 'alone' });
  });
});

describe('a destroyed model', () => {
  it.each([
    [0.49, false],
    [0.5, true],
    [Infinity, true],
    [0, false],
  ])('NSR %d: %s', (nsr, expected) => {
    expect(isDestroyed(nsr)).toBe(expected);
  });
});
