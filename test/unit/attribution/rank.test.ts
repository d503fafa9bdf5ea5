import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { NoiseProducts } from '../../../src/attribution/impact/noise-products.ts';
import { isDestroyed, rankUnits } from '../../../src/attribution/impact/rank.ts';

/** Noise as vectors: of the rest, and of units by falling cost alone. */
type Noise = Readonly<Record<string, readonly number[]>>;

const dot = (a: readonly number[], b: readonly number[]) => a.reduce((sum, x, i) => sum + x * b[i], 0);

/** How the noise of units adds up, counted. */
function measured(noise: Noise, rest: readonly number[]) {
  const asked: (readonly string[])[] = [];
  const productsOf = async (units: readonly string[]): Promise<NoiseProducts> => {
    asked.push(units);
    const all = [rest, ...units.map((name) => noise[name])];
    return all.map((a) => all.map((b) => dot(a, b)));
  };
  return { asked, productsOf };
}

function ranked(noise: Noise, rest: readonly number[] = [0, 0], additivity = 2, weightBits = 8) {
  const { asked, productsOf } = measured(noise, rest);
  return {
    asked,
    result: rankUnits({ names: Object.keys(noise), additivity, weightBits }, productsOf),
  };
}

/** Σ of the noise that is left after each return. */
function leftBy(order: readonly string[], noise: Noise, rest: readonly number[]): number {
  return order.reduce((sum, _, i) => {
    const left = order.slice(i + 1).reduce((all, name) => all.map((x, k) => x + noise[name][k]), [...rest]);
    return sum + dot(left, left);
  }, 0);
}

describe('ranking', () => {
  const apart = { b: [3, 0], d: [0, 3], c: [2, 0], a: [0, 1] };

  it('is by the cost of each unit alone where errors add, and measures nothing', async () => {
    const { asked, result } = ranked(apart, [0, 0], 1.99);
    expect(await result).toEqual({ order: ['b', 'd', 'c', 'a'], ranking: 'alone' });
    expect(asked).toEqual([]);
  });

  it.each([
    [2, 8],
    [Infinity, 8],
    [Number.NaN, 4],
    [1, 4],
    [1, 2],
  ])('looks at how noise adds up at additivity %d and %d-bit weights', async (additivity, bits) => {
    const { asked, result } = ranked({ a: [3], b: [2], c: [1] }, [0], additivity, bits);
    expect(await result).toEqual({ order: ['a', 'b', 'c'], ranking: 'alone' });
    expect(asked).toEqual([['a', 'b', 'c']]);
  });

  it('puts first what lowers the noise of the set most, where errors cancel', async () => {
    // Alone a costs the most, but it takes away what b and c do together.
    const { result } = ranked({ a: [-5], b: [4.5], c: [4] }, [0]);
    expect(await result).toEqual({ order: ['c', 'a', 'b'], ranking: 'greedy' });
  });

  it('knows the noise of all that does not return', async () => {
    const noise = { a: [3, 0], b: [0, 2] };
    expect((await ranked(noise, [0, 0]).result).order).toEqual(['a', 'b']);
    expect((await ranked(noise, [-3, 1]).result).order).toEqual(['b', 'a']);
  });

  it('leaves no more noise than the order of costs alone', async () => {
    const vector = fc.array(fc.integer({ min: -9, max: 9 }), { minLength: 3, maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(fc.array(vector, { minLength: 2, maxLength: 8 }), vector, async (vectors, rest) => {
        const noise = Object.fromEntries(vectors.map((each, i) => [`u${i}`, each]));
        const { order, ranking } = await ranked(noise, rest).result;
        expect([...order].sort()).toEqual(Object.keys(noise));
        const [left, alone] = [order, Object.keys(noise)].map((each) => leftBy(each, noise, rest));
        if (ranking === 'greedy') expect(left).toBeLessThan(alone);
        else expect(order).toEqual(Object.keys(noise));
      }),
    );
  });

  it('reorders twelve units, and leaves the others behind them', async () => {
    const names = Array.from({ length: 20 }, (_, i) => `u${i}`);
    // In the set, the units that cost least alone cost most.
    const noise = Object.fromEntries(
      names.map((name, i) => [name, names.map((_, k) => Number(i === k) * i)]),
    );
    const { asked, result } = ranked(
      noise,
      names.map(() => 0),
      3,
    );
    expect(asked).toEqual([names.slice(0, 12)]);
    expect(await result).toEqual({
      order: [...names.slice(0, 12).reverse(), ...names.slice(12)],
      ranking: 'greedy',
    });
  });

  it('puts a unit first beside which outputs are not finite', async () => {
    const { productsOf } = measured({ a: [3], b: [0], c: [1] }, [1]);
    const infinite = async (units: readonly string[]) =>
      (await productsOf(units)).map((row, i) => row.map((x, j) => (i === 2 && j === 2 ? Infinity : x)));
    const ranking = await rankUnits({ names: ['a', 'b', 'c'], additivity: 2, weightBits: 8 }, infinite);
    expect(ranking.order).toEqual(['b', 'a', 'c']);
  });

  it('stays with the units alone where it cannot be told how noise adds up', async () => {
    const unknown = async () => undefined;
    const ranking = await rankUnits({ names: ['b', 'a'], additivity: 2, weightBits: 8 }, unknown);
    expect(ranking).toEqual({ order: ['b', 'a'], ranking: 'alone' });
  });

  it('is defined for no and for one unit', async () => {
    expect(await ranked({}).result).toEqual({ order: [], ranking: 'alone' });
    const one = ranked({ a: [1] });
    expect(await one.result).toEqual({ order: ['a'], ranking: 'alone' });
    expect(one.asked).toEqual([]);
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
