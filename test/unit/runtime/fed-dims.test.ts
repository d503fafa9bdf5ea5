import { describe, expect, it } from 'vitest';
import type { ValueInfoProto } from '../../../src/onnx/gen/onnx_pb.ts';
import { makeNode } from '../../../src/onnx/graph.ts';
import { fedDims, withFedDims } from '../../../src/runtime/fed-dims.ts';
import { openModel } from '../../../src/runtime/open-model.ts';
import { type Runtime, startRuntime } from '../../../src/runtime/runtime.ts';
import { makeModel, random } from '../../support/models.ts';

const feeds = (...shapes: number[][]) => shapes.map((dims, i) => ({ x: random(dims, i + 1) }));

/** The dimensions that the input of a graph is given, of which it leaves some open. */
function given(dims: (string | number)[], ...shapes: number[][]) {
  const { graph } = makeModel({
    nodes: [makeNode('Relu', ['x'], ['y'])],
    inputs: [{ name: 'x', dims }],
    outputs: [{ name: 'y', dims }],
  });
  return dimsOf(withFedDims(graph!, fedDims(feeds(...shapes))).input[0]);
}

function dimsOf({ type }: ValueInfoProto): unknown[] {
  if (type?.value.case !== 'tensorType') return [];
  return type.value.value.shape!.dim.map(({ value }) => value.value);
}

describe('dimensions that all runs feed', () => {
  it('are known where all are the same', () => {
    expect(fedDims(feeds([2, 3, 8], [1, 3, 9]))).toEqual(new Map([['x', [null, 3, null]]]));
    expect(fedDims(feeds([2, 3], [2, 3, 1]))).toEqual(new Map());
    expect(fedDims([])).toEqual(new Map());
  });

  it('close what a model leaves open, but for the batch', () => {
    expect(given(['N', 3, 'H', 'W'], [2, 3, 8, 8], [2, 3, 8, 9])).toEqual(['N', 3n, 8n, 'W']);
  });

  it('are a batch with a name of its own where it has none', () => {
    expect(given(['', 3, ''], [2, 3, 8])).toEqual(['x/rows', 3n, 8n]);
  });

  it('make no two batches equal that are not', () => {
    const { graph } = makeModel({
      nodes: [makeNode('MatMul', ['a', 'b'], ['y'])],
      inputs: [
        { name: 'a', dims: ['', 'C'] },
        { name: 'b', dims: ['a/rows', 'a/rows'] },
      ],
      outputs: [{ name: 'y', dims: ['', ''] }],
    });
    const { input } = withFedDims(graph!, new Map([['a', [2, 600]]]));
    expect(dimsOf(input[0])).toEqual(['a/rows~2', 600n]);
  });

  it('leave a model as it is that says otherwise', () => {
    expect(given([4, 3], [2, 5])).toEqual([4n, 3n]);
    expect(given(['N', 'C'], [2, 5, 1])).toEqual(['N', 'C']);
    expect(given([], [])).toEqual([]);
    expect(given([-1, 0, 3], [2, 5, 3])).toEqual(['x/rows', 5n, 3n]);
  });
});

it('what is computed is the same bits where the batch is open', async () => {
  const runtime = await startRuntime('cpu');
  const model = makeModel({
    nodes: [
      makeNode('MatMul', ['x', 'w'], ['h']),
      makeNode('Softmax', ['h'], ['s']),
      makeNode('Add', ['s', 'h'], ['y']),
    ],
    inputs: [{ name: 'x', dims: ['', '', 640] }],
    outputs: [{ name: 'y', dims: ['', '', 48] }],
    constants: { w: random([640, 48], 5) },
  });
  const runs = feeds([2, 7, 640], [1, 7, 640]);
  const outputsOf = async (with_: Runtime) => {
    const session = await openModel(model, { optimize: 'float' }, with_);
    const made = [];
    for (const feed of runs) made.push(await session.run(feed));
    await session.close();
    return made;
  };
  expect(await outputsOf({ ...runtime, fed: fedDims(runs) })).toEqual(await outputsOf(runtime));
});
