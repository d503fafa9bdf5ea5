import { expect, it } from 'vitest';
import { makeNode } from '../../../src/onnx/graph.ts';
import { nodeNames } from '../../../src/quantization/plan.ts';
import { makeModel } from '../../support/models.ts';

it('every node has a name of its own to be shown by', () => {
  const nodes = ['a', 'a', 'a#2', '', 'Relu(r4)', ''].map((name, i) => {
    const node = makeNode('Relu', ['x'], [i === 3 ? 'r4' : `r${i}`]);
    node.name = name;
    return node;
  });
  const { graph } = makeModel({ nodes, inputs: [{ name: 'x', dims: [1] }], outputs: [] });
  expect([...nodeNames(graph!).values()]).toEqual([
    'a',
    'a#2',
    'a#2#2',
    'Relu(r4)',
    'Relu(r4)#2',
    'Relu(r5)',
  ]);
});
