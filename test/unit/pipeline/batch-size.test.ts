import { beforeAll, describe, expect, it } from 'vitest';
import { makeNode } from '../../../src/onnx/graph.ts';
import { batchSizeOf } from '../../../src/pipeline/batch-size.ts';
import { type Loader, loader } from '../../support/load-model.ts';
import { random } from '../../support/models.ts';

let load: Loader;
beforeAll(async () => {
  load = await loader();
});

const sample = { index: 0, inputs: { x: random([1, 4]) }, label: undefined };
const port = (first: number | string) => ({
  inputs: [{ name: 'x', dims: [first, 4] }],
  outputs: [{ name: 'y', dims: ['M', 4] }],
});
const sizeOf = async (given: Parameters<Loader>[0]) => batchSizeOf(await load(given), sample, load.runtime);

describe('the batch size', () => {
  it('is more than one where the rows of the outputs are the samples', async () => {
    expect(await sizeOf({ nodes: [makeNode('Relu', ['x'], ['y'])], ...port('N') })).toBe(16);
  });

  it('is what a model fixes', async () => {
    expect(await sizeOf({ nodes: [makeNode('Relu', ['x'], ['y'])], ...port(1) })).toBe(1);
    expect(await sizeOf({ nodes: [makeNode('Relu', ['x'], ['y'])], ...port(4) })).toBe(4);
  });

  it('is one where samples of a batch would mix, or a shape is written into the graph', async () => {
    const mixing = [makeNode('Softmax', ['x'], ['y'], { axis: 0 })];
    expect(await sizeOf({ nodes: mixing, ...port('N') })).toBe(1);
    const shape = { type: 'int64' as const, dims: [2], data: BigInt64Array.of(1n, 4n) };
    expect(
      await sizeOf({
        nodes: [makeNode('Reshape', ['x', 'shape'], ['y'])],
        constants: { shape },
        ...port('N'),
      }),
    ).toBe(1);
  });
});
