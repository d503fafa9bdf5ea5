import { describe, expect, it } from 'vitest';
import { foldIntoLayers } from '../../../src/onnx/fold-into-layers.ts';
import { makeNode, viewGraph } from '../../../src/onnx/graph.ts';
import { namesOf } from '../../../src/onnx/names.ts';
import { readTensor } from '../../../src/onnx/tensors.ts';
import { floats, makeModel } from '../../support/models.ts';

/** A MatMul, and behind it additions of `[1, 2]` and another one each, all of two values. */
function additions(count: number) {
  const graph = makeModel({
    nodes: [
      makeNode('MatMul', ['x', 'w'], ['y0']),
      ...Array.from({ length: count }, (_, i) => makeNode('Add', [`y${i}`, 'b'], [`y${i + 1}`])),
    ],
    inputs: [{ name: 'x', dims: ['N', 2] }],
    outputs: [{ name: `y${count}`, dims: ['N', 2] }],
    constants: { w: floats([2, 2], [1, 0, 0, 1]), b: floats([2], [1, 2]) },
  }).graph!;
  return foldIntoLayers(graph, namesOf(graph), () => 2);
}

describe('what is added behind a layer', () => {
  it.each([1, 2, 3])('is its bias, %i times', (count) => {
    const { graph, weightNames } = additions(count);
    expect(graph.node.map(({ opType, output }) => [opType, output])).toEqual([['Gemm', [`y${count}`]]]);
    const bias = graph.node[0].input[2];
    expect(count === 1 ? 'b' : weightNames.get(bias)).toBe('b');
    const tensor = viewGraph({ graph }).initializers.get(bias)!;
    expect([...(readTensor(tensor, bias).data as Float32Array)]).toEqual([count, 2 * count]);
  });

  it('may be tens of thousands of constants', () => {
    expect(additions(20_000).graph.node).toHaveLength(1);
  });
});
