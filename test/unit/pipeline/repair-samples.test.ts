import { describe, expect, it } from 'vitest';
import type { Batch } from '../../../src/data/batch.ts';
import type { Prepared } from '../../../src/pipeline/prepare.ts';
import { readRepairSamples } from '../../../src/pipeline/repair-samples.ts';
import type { RepairSamples } from '../../../src/recovery/repair.ts';
import { floats } from '../../support/models.ts';
import { npyOf } from '../../support/npy.ts';
import { prepared, type Staged } from '../../support/staged.ts';

type Stage = Staged & { readonly prepared: Prepared };
const read = (stage: Stage) => readRepairSamples(stage.prepared, stage.context);
const indicesOf = (batches: readonly Batch[]) => batches.flatMap(({ indices }) => indices);
const allOf = ({ repairing, apart }: RepairSamples) =>
  indicesOf([...repairing, ...apart]).sort((a, b) => a - b);

/** Samples whose values say which they are. */
const numbered = (count: number) =>
  npyOf(
    floats(
      [count, 8],
      Array.from({ length: 8 * count }, (_, i) => Math.floor(i / 8)),
    ),
  );
/** Samples that come one after the other, of a number that nobody knows. */
const stream = (count: number) => `export default async function* () {
  for (let i = 0; i < ${count}; i++) yield { inputs: { x: { type: 'float32', dims: [1, 8], data: new Float32Array(8).fill(i) } } };
}`;

describe('samples that repair', () => {
  const of = (count: number, range?: readonly [number, number]) =>
    prepared(
      {
        calibration: { inputs: 'c.npy', ...(range && { range }) },
        evaluation: { inputs: 'x.npy', metric: 'agreement' },
      },
      undefined,
      { 'c.npy': numbered(count) },
    );

  it('are 64 spread over the calibration set, of which every fourth is kept apart', async () => {
    const { repairing, apart } = await read(await of(640));
    const [own, kept] = [indicesOf(repairing), indicesOf(apart)];
    expect([own.length, kept.length]).toEqual([48, 16]);
    expect(kept).toEqual(Array.from({ length: 16 }, (_, i) => 15 + 40 * i));
    expect(allOf({ repairing, apart })).toEqual(Array.from({ length: 64 }, (_, i) => 5 + 10 * i));
  });

  it('are those of their range', async () => {
    const samples = await read(await of(300, [100, 228]));
    expect(allOf(samples)).toEqual(Array.from({ length: 64 }, (_, i) => 101 + 2 * i));
  });

  it.each([2, 3, 5, 40])('are all of %i, none of them twice', async (count) => {
    const { repairing, apart } = await read(await of(count));
    const [own, kept] = [indicesOf(repairing), indicesOf(apart)];
    expect(allOf({ repairing, apart })).toEqual(Array.from({ length: count }, (_, i) => i));
    expect(own.length).toBeGreaterThan(0);
    expect(kept.length).toBeGreaterThan(0);
  });

  it('have the values of the samples that they say they are', async () => {
    const { repairing, apart } = await read(await of(200));
    for (const { indices, inputs } of [...repairing, ...apart])
      indices.forEach((index, i) => {
        expect(inputs.x.data[8 * i], `sample ${index}`).toBe(index);
      });
  });

  it('are the first of a stream', async () => {
    const stage = await prepared(
      { calibration: { inputs: 'c.mjs' }, evaluation: { inputs: 'x.npy', metric: 'agreement' } },
      undefined,
      { 'c.mjs': stream(1000) },
    );
    const samples = await read(stage);
    expect(allOf(samples)).toEqual(Array.from({ length: 64 }, (_, i) => i));
  });

  it('are the same every time, and the same ones for each target', async () => {
    const stage = await of(640);
    expect(await read(stage)).toEqual(await read(stage));
  });

  it('are fewer where little fits into memory', async () => {
    const stage = await of(640);
    const large = (elements: number): Stage => {
      const tensors = new Map(
        [...stage.prepared.shaped.tensors].map(([name, t]) => [name, { ...t, dims: [elements] }]),
      );
      return { ...stage, prepared: { ...stage.prepared, shaped: { ...stage.prepared.shaped, tensors } } };
    };
    // Two tensors beside each other, of both models: 4 · 10⁶ elements a sample.
    const some = allOf(await read(large(1e6)));
    expect(some.length).toBe(Math.floor((2 ** 26 + 2 ** 25) / 4e6));
    expect(some[0]).toBeGreaterThan(0);
    expect(some.at(-1)).toBeGreaterThan(600);
    expect(allOf(await read(large(1e9))).length).toBe(4);
  });

  it('come in batches that the model runs in', async () => {
    const { repairing, apart } = await read(await of(640));
    const size = (await of(640)).prepared.batchSize;
    for (const batches of [repairing, apart])
      for (const { indices, inputs } of batches) {
        expect(indices.length).toBeLessThanOrEqual(size);
        expect(inputs.x.dims).toEqual([indices.length, 8]);
      }
  });
});

describe('an evaluation sample', () => {
  const between = async (
    calibration: readonly [number, number] | undefined,
    evaluation: readonly [number, number] | undefined,
    inputs = 'x.npy',
  ) =>
    read(
      await prepared(
        {
          calibration: { inputs: 'x.npy', ...(calibration && { range: calibration }) },
          evaluation: { inputs, ...(evaluation && { range: evaluation }), metric: 'agreement' },
        },
        undefined,
        { 'x.npy': numbered(72), 'other.npy': numbered(72) },
      ),
    );
  const indices = (...ranges: readonly (readonly [number, number])[]) =>
    ranges.flatMap(([from, end]) => Array.from({ length: end - from }, (_, i) => from + i));

  it.each([
    ['before the calibration samples', [60, 72], [0, 60], [[60, 72]]],
    ['behind them', [0, 12], [12, 72], [[0, 12]]],
    ['among the first of them', [10, 40], [0, 20], [[20, 40]]],
    ['among the last of them', [0, 40], [30, 72], [[0, 30]]],
    [
      'in their middle',
      [0, 50],
      [20, 44],
      [
        [0, 20],
        [44, 50],
      ],
    ],
    ['among all', undefined, [8, 72], [[0, 8]]],
  ] as const)('%s in the same file never repairs', async (_, calibration, evaluation, left) => {
    expect(allOf(await between(calibration, evaluation))).toEqual(indices(...left));
  });

  it('is none of another file with the same indices', async () => {
    expect(allOf(await between([0, 30], [10, 72], 'other.npy'))).toEqual(indices([0, 30]));
  });

  it.each([
    [undefined, undefined],
    [[0, 20], undefined],
    [
      [10, 20],
      [5, 30],
    ],
    [
      [10, 20],
      [11, 30],
    ],
  ] as const)(
    'has to leave samples that repair: %j calibrate, %j are evaluated',
    async (calibration, evaluation) => {
      await expect(between(calibration, evaluation)).rejects.toThrow(
        'm: a repair needs 2 calibration samples that are not evaluated',
      );
    },
  );

  it('never repairs from a stream', async () => {
    const stage = await prepared(
      {
        calibration: { inputs: 'c.mjs' },
        evaluation: { inputs: 'c.mjs', range: [0, 20], metric: 'agreement' },
      },
      undefined,
      { 'c.mjs': stream(50) },
    );
    expect(allOf(await read(stage))).toEqual(indices([20, 50]));
  });
});
