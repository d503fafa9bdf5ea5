import { makeNode } from '../../src/onnx/graph.ts';
import { floats, type makeModel, random } from './models.ts';

type ModelSpec = Parameters<typeof makeModel>[0];

/** A masked attention block over token ids; the mask is −10,000. */
export const attention: ModelSpec = {
  nodes: [
    makeNode('Gather', ['table', 'ids'], ['e']),
    makeNode('MatMul', ['e', 'wq'], ['q']),
    makeNode('MatMul', ['e', 'wk'], ['k']),
    makeNode('Transpose', ['k'], ['kt'], { perm: [0, 2, 1] }),
    makeNode('MatMul', ['q', 'kt'], ['s']),
    makeNode('Add', ['s', 'mask'], ['masked']),
    makeNode('Softmax', ['masked'], ['p'], { axis: -1 }),
    makeNode('MatMul', ['p', 'e'], ['y']),
  ],
  inputs: [{ name: 'ids', dims: ['N', 3], type: 'int64' }],
  outputs: [{ name: 'y', dims: ['N', 3, 8] }],
  constants: {
    table: random([11, 8]),
    wq: random([8, 8], 2),
    wk: random([8, 8], 3),
    mask: floats([1, 3, 3], [0, -1e4, -1e4, 0, 0, -1e4, 0, 0, 0]),
  },
};

/** An LSTM with a matrix product behind it. */
export const recurrent: ModelSpec = {
  nodes: [
    makeNode('LSTM', ['x', 'w', 'r'], ['h'], { hidden_size: 4 }),
    makeNode('Squeeze', ['h', 'axes'], ['flat']),
    makeNode('MatMul', ['flat', 'v'], ['y']),
  ],
  inputs: [{ name: 'x', dims: [5, 1, 3] }],
  outputs: [{ name: 'y', dims: [5, 1, 2] }],
  constants: {
    w: random([1, 16, 3]),
    r: random([1, 16, 4], 2),
    v: random([4, 2], 3),
    axes: { type: 'int64', dims: [1], data: BigInt64Array.of(1n) },
  },
};
