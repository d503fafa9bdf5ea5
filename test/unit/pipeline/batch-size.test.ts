import { beforeAll, describe, expect, it } from 'vitest';
import type { Tensor } from '../../../src/numerics/tensor.ts';
import { makeNode } from '../../../src/onnx/graph.ts';
import { batchSizeOf } from '../../../src/pipeline/batch-size.ts';
import type { Runtime } from '../../../src/runtime/runtime.ts';
import { withSampleShapes } from '../../../src/runtime/sample-shapes.ts';
import { type Loader, loader } from '../../support/load-model.ts';
import { floats, random } from '../../support/models.ts';

let load: Loader;
beforeAll(async () => {
  load = await loader();
});

type Inputs = Readonly<Record<string, Tensor>>;
const x = { x: random([1, 4]) };
const zeros = (elements: number): Tensor => ({
  type: 'float32',
  dims: [1, elements],
  data: new Float32Array(elements),
});
const port = (first: number | string) => ({
  inputs: [{ name: 'x', dims: [first, 4] }],
  outputs: [{ name: 'y', dims: ['M', 4] }],
});
const sizeOf = async (given: Parameters<Loader>[0], inputs: Inputs = x, runtime: Runtime = load.runtime) => {
  const shaped = await withSampleShapes(await load(given), inputs, load.runtime);
  return batchSizeOf(shaped, { index: 0, inputs, label: undefined }, runtime);
};
const relu = [makeNode('Relu', ['x'], ['y'])];

describe('the batch size', () => {
  it('is 16 where the rows of the outputs are the samples', async () => {
    expect(await sizeOf({ nodes: relu, ...port('N') })).toBe(16);
  });

  it('is what a model fixes', async () => {
    expect(await sizeOf({ nodes: relu, ...port(1) })).toBe(1);
    expect(await sizeOf({ nodes: relu, ...port(4) })).toBe(4);
  });

  it('is refused where a model fixes one that memory does not hold', async () => {
    await expect(sizeOf({ nodes: relu, ...port(2 ** 30) })).rejects.toThrow(
      /takes 1073741824 samples at once, 4294967296 input values: 268435456 at most are fed, export it with a smaller/,
    );
  });

  /** Two inputs that go their own ways. */
  const two = (a: readonly (number | string)[], b: readonly (number | string)[], op = 'Relu') => ({
    nodes: [makeNode('Relu', ['x'], ['y']), makeNode(op, ['z'], ['v'])],
    inputs: [
      { name: 'x', dims: a },
      { name: 'z', dims: b },
    ],
    outputs: [
      { name: 'y', dims: a },
      { name: 'v', dims: b },
    ],
  });
  const both = { ...x, z: random([1, 4], 2) };

  it('is what a model fixes for all of its inputs', async () => {
    expect(await sizeOf(two([4, 4], [4, 4]), both)).toBe(4);
    expect(await sizeOf(two([2, 4], [4, 4]), both)).toBe(1);
    expect(await sizeOf(two([4, 4], ['N', 4]), both)).toBe(1);
    expect(await sizeOf(two(['N', 4], ['N', 4]), both)).toBe(16);
  });

  it('is one where an input has no dimension to count samples', async () => {
    expect(await sizeOf(two([4, 4], []), { ...x, z: floats([], [1]) })).toBe(1);
  });

  it('is one where the rows of a single output are not the samples', async () => {
    expect(await sizeOf(two(['N', 4], ['N', 4], 'Softmax'), both)).toBe(16);
    const mixed = two(['N', 4], ['N', 4]);
    mixed.nodes[1] = makeNode('Softmax', ['z'], ['v'], { axis: 0 });
    expect(await sizeOf(mixed, both)).toBe(1);
    mixed.nodes = [mixed.nodes[1], makeNode('Relu', ['x'], ['y'])];
    expect(await sizeOf(mixed, both)).toBe(1);
  });

  it('is one where samples of a batch would mix', async () => {
    const ones = { x: floats([1, 4], [1, 1, 1, 1]) };
    // One sample is its own mean, and so are two equal ones: their number tells.
    const mean = makeNode('ReduceMean', ['x'], ['y'], { axes: [0], keepdims: 1 });
    expect(await sizeOf({ nodes: [mean], ...port('N') }, ones)).toBe(1);
    const transposed = [
      makeNode('Transpose', ['x'], ['t'], { perm: [1, 0] }),
      makeNode('Relu', ['t'], ['y']),
    ];
    expect(await sizeOf({ nodes: transposed, ...port('N') }, ones)).toBe(1);
    const softmax = [makeNode('Softmax', ['x'], ['y'], { axis: 0 })];
    expect(await sizeOf({ nodes: softmax, ...port('N') })).toBe(1);
  });

  it('is one where a shape is written into the graph', async () => {
    const shape = { type: 'int64' as const, dims: [2], data: BigInt64Array.of(1n, 4n) };
    const nodes = [makeNode('Reshape', ['x', 'shape'], ['y'])];
    expect(await sizeOf({ nodes, constants: { shape }, ...port('N') })).toBe(1);
  });

  it('is as many as 64 MiB hold of all tensors', async () => {
    const wide = (elements: number) => ({
      nodes: [makeNode('Relu', ['x'], ['h']), makeNode('Relu', ['h'], ['y'])],
      inputs: [{ name: 'x', dims: ['N', elements] }],
      outputs: [{ name: 'y', dims: ['N', elements] }],
    });
    const sized = (elements: number) => sizeOf(wide(elements), { x: zeros(elements) });
    // x, h and y.
    expect(await sized(2 ** 20)).toBe(5);
    expect(await sized(2 ** 23)).toBe(1);
  });

  it('counts what dynamic inputs bring with them', async () => {
    const dynamic = {
      nodes: [makeNode('ReduceMean', ['x'], ['y'], { axes: [1], keepdims: 1 })],
      inputs: [{ name: 'x', dims: ['N', 'K'] }],
      outputs: [{ name: 'y', dims: ['N', 1] }],
    };
    // The input, and one value of the mean.
    expect(await sizeOf(dynamic, { x: zeros(2 ** 22 - 1) })).toBe(4);
  });

  it('counts what tensors of dynamic height and width really take', async () => {
    const picture = (dims: readonly (number | string)[]) => ({
      nodes: [
        makeNode('Conv', ['x', 'w'], ['h'], { pads: [0, 0, 0, 0] }),
        makeNode('GlobalAveragePool', ['h'], ['y']),
      ],
      inputs: [{ name: 'x', dims }],
      outputs: [{ name: 'y', dims: ['N', 16, 1, 1] }],
      constants: { w: random([16, 1, 1, 1]) },
    });
    const inputs = { x: { ...zeros(512 * 512), dims: [1, 1, 512, 512] } };
    const stated = await sizeOf(picture(['N', 1, 512, 512]), inputs);
    expect(stated).toBe(3);
    expect(await sizeOf(picture(['N', 1, 'H', 'W']), inputs)).toBe(stated);
  });

  describe('from rows that are nearly the samples', () => {
    /** A runtime whose second row of a batch is off. */
    const off = (by: number): { runtime: Runtime; left: () => number } => {
      let left = 0;
      const runtime: Runtime = {
        ...load.runtime,
        open: async () => {
          left++;
          return {
            inputs: [],
            outputs: [],
            run: async ({ x: given }) => {
              const data = Float32Array.from(given.data as Float32Array);
              if (given.dims[0] === 2) data[5] += by;
              return { y: { ...given, data } };
            },
            close: async () => {
              left--;
            },
          };
        },
      };
      return { runtime, left: () => left };
    };
    const inputs = { x: floats([1, 4], [-8, 1, 2, 0]) };

    it('is more than one: kernels may sum in another order', async () => {
      const near = off(0.007);
      expect(await sizeOf({ nodes: relu, ...port('N') }, inputs, near.runtime)).toBe(16);
      expect(near.left()).toBe(0);
    });

    it('is one where they differ by a thousandth of the largest', async () => {
      expect(await sizeOf({ nodes: relu, ...port('N') }, inputs, off(0.009).runtime)).toBe(1);
      expect(await sizeOf({ nodes: relu, ...port('N') }, inputs, off(-0.009).runtime)).toBe(1);
    });
  });
});
