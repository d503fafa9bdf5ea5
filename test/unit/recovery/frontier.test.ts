import { describe, expect, it } from 'vitest';
import { makeNode } from '../../../src/onnx/graph.ts';
import { frontierElements } from '../../../src/recovery/frontier.ts';
import { random } from '../../support/models.ts';
import { statedModel } from '../../support/stated-model.ts';
import { bodyThatReads } from './rewriting.ts';

/** A model of nodes that each make a tensor of so many elements. */
function modelOf(
  nodes: readonly (readonly [op: string, reads: readonly string[], makes: string, size: number])[],
) {
  return statedModel(
    {
      nodes: nodes.map(([op, reads, makes]) => makeNode(op, [...reads], [makes])),
      inputs: [{ name: 'x', dims: [1, 10] }],
      outputs: [{ name: nodes.at(-1)![2], dims: [1] }],
      constants: { w: random([1000], 1) },
    },
    nodes.map(([, , name, size]) => ({ name, dims: [1, size] })),
  );
}

describe('what is held between two nodes', () => {
  it('is what was made and is still read, a node that runs included', () => {
    const chain = modelOf([
      ['Relu', ['x'], 'a', 20],
      ['Relu', ['a'], 'b', 70],
      ['Relu', ['b'], 'y', 5],
    ]);
    // a and b beside each other; y is read by nothing.
    expect(frontierElements(chain)).toBe(90);
  });

  it('counts a tensor until its last reader', () => {
    const skip = modelOf([
      ['Relu', ['x'], 'a', 20],
      ['Relu', ['a'], 'b', 30],
      ['Relu', ['b'], 'c', 40],
      ['Add', ['c', 'a'], 'd', 1],
      ['Relu', ['d'], 'y', 1],
    ]);
    expect(frontierElements(skip)).toBe(20 + 30 + 40);
  });

  it('does not count constants', () => {
    expect(frontierElements(modelOf([['Mul', ['x', 'w'], 'y', 10]]))).toBe(10);
  });

  it('counts what a body reads', () => {
    const nodes = [
      makeNode('Relu', ['x'], ['a']),
      makeNode('Relu', ['a'], ['b']),
      ...bodyThatReads('a', 'y'),
    ];
    const given = { nodes, inputs: [{ name: 'x', dims: [1, 10] }], outputs: [{ name: 'y', dims: [1] }] };
    const sizes = { a: 20, b: 30, 'y/most': 1, 'y/positive': 1, y: 1 };
    const stated = Object.entries(sizes).map(([name, size]) => ({ name, dims: [size] }));
    // x and a while a body still reads a, and then what decides.
    expect(frontierElements(statedModel(given, stated))).toBe(10 + 20 + 1);
  });
});
