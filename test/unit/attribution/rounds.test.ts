import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { measureInRounds, roundsOf } from '../../../src/attribution/impact/rounds.ts';
import type { Batches } from '../../../src/attribution/impact/switched-session.ts';

const batchesOf = (...sizes: number[]) =>
  sizes.map((size) => ({
    indices: Array.from({ length: size }, (_, i) => i),
    labels: [],
    size,
    inputs: {},
  }));

describe('the rounds of probes', () => {
  it('double what was measured before', () => {
    expect(roundsOf(batchesOf(2, 2, 2, 2))).toEqual([
      [0, 1],
      [1, 2],
      [2, 4],
    ]);
    expect(roundsOf(batchesOf(1, 1, 1, 1, 1, 1, 1, 1))).toEqual([
      [0, 2],
      [2, 4],
      [4, 8],
    ]);
  });

  it('are as few as the batches', () => {
    expect(roundsOf(batchesOf(8))).toEqual([[0, 1]]);
    expect(roundsOf(batchesOf(6, 2))).toEqual([
      [0, 1],
      [1, 2],
    ]);
    expect(roundsOf([])).toEqual([]);
  });

  it('take every batch once, whatever their sizes', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 20 }), (sizes) => {
        const rounds = roundsOf(batchesOf(...sizes));
        expect(rounds.map(([first]) => first)).toEqual(
          [0, ...rounds.map(([, end]) => end)].slice(0, rounds.length),
        );
        expect(rounds.at(-1)?.[1] ?? 0).toBe(sizes.length);
      }),
    );
  });
});

describe('units that are measured in rounds', () => {
  const rounds: Batches[] = [
    [0, 1],
    [1, 2],
    [2, 4],
  ];
  /** Two samples a batch, whose noise is that of the unit, the same in all. */
  const measured = async (noise: Record<string, number>) => {
    const runs: [string, Batches][] = [];
    const measure = async function* (names: readonly string[], batches: Batches) {
      for (const name of names) {
        runs.push([name, batches]);
        const samples = 2 * (batches[1] - batches[0]);
        yield Array.from({ length: samples }, () => ({ signal: [1], noise: [noise[name]] }));
      }
    };
    const impacts = await measureInRounds(Object.keys(noise), rounds, measure);
    return { impacts, runs };
  };
  const named = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, i) => [`u${i}`, (i * 7) % count]));

  it('come by falling cost, equals in the order of the graph', async () => {
    const { impacts } = await measured({ a: 1, b: 3, c: 2, d: 3, e: Infinity });
    expect([...impacts.keys()]).toEqual(['e', 'b', 'd', 'c', 'a']);
    expect(impacts.get('c')).toEqual({ nsr: 2, worstSample: 1 / 8, samples: 8 });
  });

  it('are all measured on all probes where they are few', async () => {
    const { runs } = await measured(named(16));
    expect(runs).toHaveLength(16 * rounds.length);
  });

  it('are halved where they are many, and the costliest sixteen and more see all probes', async () => {
    const { impacts, runs } = await measured(named(100));
    expect(runs).toHaveLength(100 + 50 + 25);
    expect([...impacts.values()].map(({ samples }) => samples)).toEqual([
      ...new Array(25).fill(8),
      ...new Array(25).fill(4),
      ...new Array(50).fill(2),
    ]);
    expect([...impacts.values()].map(({ nsr }) => nsr)).toEqual(
      Array.from({ length: 100 }, (_, i) => 99 - i),
    );
  });
});
