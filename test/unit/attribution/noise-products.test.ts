import { describe, expect, it } from 'vitest';
import { noiseProducts } from '../../../src/attribution/impact/noise-products.ts';
import type { Batches } from '../../../src/attribution/impact/switched-session.ts';
import type { Outputs } from '../../../src/metrics/metric.ts';

const floats = (...values: number[]) => ({
  type: 'float32' as const,
  dims: [1, values.length],
  data: Float32Array.from(values),
});

/** Two batches of one sample: what outputs are with nothing on, and what each unit adds. */
const exact: Outputs[] = [{ y: floats(1, 2) }, { y: floats(3, 1) }];
const added: Record<string, number[][]> = {
  rest: [[0.5, 0], [0, 0]], // biome-ignore format: a row for each sample
  a: [[1, 0], [0, 2]], // biome-ignore format: a row for each sample
  b: [[-1, 1], [0, 1]], // biome-ignore format: a row for each sample
};

function rowsOf(outputs: readonly Outputs[], noise: typeof added) {
  const runs: string[] = [];
  const rows = async (on: ReadonlySet<string>, [batch]: Batches): Promise<Outputs[]> => {
    if (on.size > 0) runs.push(`${[...on].join('+')} ${batch}`);
    return [
      Object.fromEntries(
        Object.entries(outputs[batch]).map(([name, tensor]) => {
          const sum = [...on].reduce(
            (all, unit) => all.map((x, i) => x + (noise[unit][batch][i] ?? 0)),
            [...(tensor.data as Float32Array)],
          );
          return [name, floats(...sum)];
        }),
      ),
    ];
  };
  return { rows, runs };
}

const looked = { units: ['a', 'b'], rest: new Set(['rest']) };
const both: Batches = [0, 2];

describe('the products of noise', () => {
  it('are inner products over the samples, beside the power of the signal', async () => {
    const { rows, runs } = rowsOf(exact, added);
    const products = await noiseProducts(looked, rows, both, ['y']);
    const signal = 1 + 4 + 9 + 1;
    const expected = [
      [0.25, 0.5, -0.5],
      [0.5, 5, 1],
      [-0.5, 1, 3],
    ];
    for (const [i, row] of expected.entries())
      for (const [j, product] of row.entries()) expect(products![i][j]).toBeCloseTo(product / signal, 6);
    expect(runs).toEqual(['rest 0', 'rest+a 0', 'rest+b 0', 'rest 1', 'rest+a 1', 'rest+b 1']);
  });

  it('are of the batches that are asked for alone', async () => {
    const { rows, runs } = rowsOf(exact, added);
    const products = await noiseProducts(looked, rows, [1, 2], ['y']);
    expect(products![0][0]).toBe(0);
    expect(products![1][1]).toBeCloseTo(4 / 10, 6);
    expect(runs.every((run) => run.endsWith(' 1'))).toBe(true);
  });

  it('are the mean over outputs of floating point with a signal', async () => {
    const id = { type: 'int64' as const, dims: [1], data: BigInt64Array.of(7n) };
    const { rows } = rowsOf([{ y: floats(1, 0), z: floats(0, 0) }], {
      rest: [[1, 0]],
      a: [[0, 1]],
      b: [[0, 0]],
    });
    const withId = async (on: ReadonlySet<string>, at: Batches) =>
      (await rows(on, at)).map((row) => ({ ...row, id }));
    expect(await noiseProducts(looked, withId, [0, 1], ['y', 'z', 'id'])).toEqual([
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 0],
    ]);
  });

  it('are infinite for a unit beside which an output is not finite or of another length', async () => {
    const { rows } = rowsOf(exact, { ...added, a: [[Infinity, 0], [0, 2]] }); // biome-ignore format: a row for each sample
    const products = await noiseProducts(looked, rows, both, ['y']);
    expect(products![1][1]).toBe(Infinity);
    expect(products![2].every(Number.isFinite)).toBe(true);
    const longer = async (on: ReadonlySet<string>, at: Batches) =>
      on.has('b') ? [{ y: floats(1, 2, 3) }] : rows(on, at);
    expect((await noiseProducts(looked, longer, both, ['y']))![2][2]).toBe(Infinity);
  });

  it('are not known where the rest makes outputs that are not finite, unless FP32 does so itself', async () => {
    const { rows } = rowsOf(exact, { ...added, rest: [[Number.NaN, 0], [0, 0]] }); // biome-ignore format: a row for each sample
    expect(await noiseProducts(looked, rows, both, ['y'])).toBeUndefined();
    const masked = rowsOf([{ y: floats(-Infinity, 2) }], added);
    const products = await noiseProducts(looked, masked.rows, [0, 1], ['y']);
    expect(products!.flat().every(Number.isFinite)).toBe(true);
  });

  it('look at some of the values of a large output', async () => {
    const large = Array.from({ length: 200_000 }, (_, i) => (i % 4) + 1);
    const noise = { rest: [large.map(() => 0)], a: [large.map(() => 1)], b: [large.map(() => -1)] };
    const { rows } = rowsOf([{ y: floats(...large.slice(0, 100_000)) }], noise);
    const products = await noiseProducts(looked, rows, [0, 1], ['y']);
    expect(products![1][1]).toBeGreaterThan(0.05);
    expect(products![1][2]).toBeCloseTo(-products![1][1], 6);
  });
});
