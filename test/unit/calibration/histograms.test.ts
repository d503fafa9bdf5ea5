import { beforeAll, describe, expect, it } from 'vitest';
import { collectHistograms } from '../../../src/calibration/histograms.ts';
import type { Batch } from '../../../src/data/batch.ts';
import { makeNode } from '../../../src/onnx/graph.ts';
import type { LoadedModel } from '../../../src/runtime/load-model.ts';
import { countedRuntime } from '../../support/counted-runtime.ts';
import { type Loader, loader } from '../../support/load-model.ts';
import { floats, random } from '../../support/models.ts';
import { batchOf } from '../attribution/setup.ts';

let load: Loader;
let model: LoadedModel;
beforeAll(async () => {
  load = await loader();
  model = await load({
    nodes: [
      makeNode('MatMul', ['x', 'w'], ['h']),
      makeNode('Relu', ['h'], ['r']),
      makeNode('MatMul', ['r', 'w'], ['g']),
      makeNode('Sqrt', ['g'], ['y']),
    ],
    inputs: [{ name: 'x', dims: ['N', 8] }],
    outputs: [{ name: 'y', dims: ['N', 8] }],
    constants: { w: floats([8, 8], (random([8, 8], 3).data as Float32Array).map(Math.abs)) },
  });
});

const tensors = ['x', 'h', 'r', 'g', 'y'];
/** So many values that no two tensors go into one part. */
const large = new Map(tensors.map((name) => [name, 2 ** 25]));

/** Together as many as one part holds, nearly. */
const small = new Map(tensors.map((name) => [name, 6 * 2 ** 20]));

async function* batches(): AsyncGenerator<Batch> {
  yield batchOf(4, [8], 1);
  yield batchOf(2, [8], 2);
}

describe('histograms of a model whose values are many', () => {
  it('are those of one session, by one session after the other', async () => {
    const { counted, opened, count } = countedRuntime(load.runtime);
    const parted = await collectHistograms(model, { tensors, elements: large }, batches(), counted);
    expect(opened.map(({ outputs }) => outputs.length)).toEqual([2, 3, 3, 3, 3]);
    expect(count).toEqual({ open: 0, most: 1 });
    expect(parted).toEqual(
      await collectHistograms(model, { tensors, elements: small }, batches(), load.runtime),
    );
  });

  it('stay in one session up to 32 million values', async () => {
    const { counted, opened } = countedRuntime(load.runtime);
    await collectHistograms(model, { tensors, elements: small }, batches(), counted);
    expect(opened.map(({ outputs }) => outputs.length)).toEqual([14]);
  });

  it('name what is not finite as one session does', async () => {
    const negative = async function* (): AsyncGenerator<Batch> {
      const { inputs, ...batch } = batchOf(2, [8], 1);
      const x = floats(
        [2, 8],
        (inputs.x.data as Float32Array).map((value) => -Math.abs(value)),
      );
      yield { ...batch, inputs: { x: { ...x, data: (x.data as Float32Array).fill(Number.NaN, 8, 9) } } };
    };
    for (const elements of [small, large])
      await expect(
        collectHistograms(model, { tensors: tensors.slice(1), elements }, negative(), load.runtime),
      ).rejects.toThrow(/activation "h" is NaN or infinite on calibration sample 1/);
  });
});
