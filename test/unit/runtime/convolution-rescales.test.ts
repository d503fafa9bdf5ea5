import { expect, it } from 'vitest';
import { makeNode } from '../../../src/onnx/graph.ts';
import { serializeModel } from '../../../src/onnx/model.ts';
import { withRescalingConvolutions } from '../../../src/runtime/convolution-rescales.ts';
import { startRuntime } from '../../../src/runtime/runtime.ts';
import { floats, makeModel, random } from '../../support/models.ts';

const CHANNELS = 16;
const perChannel = (seed: number) => random([CHANNELS, 1, 1], seed);

/** A convolution, times the one and plus the other constant. */
function rescaled(
  factor: ReturnType<typeof floats>,
  addend: ReturnType<typeof floats>,
  { outputs = ['y'], order = 'tensor first' }: { outputs?: string[]; order?: string } = {},
) {
  const operands = (tensor: string, constant: string) =>
    order === 'tensor first' ? [tensor, constant] : [constant, tensor];
  return makeModel({
    nodes: [
      makeNode('Conv', ['x', 'w'], ['sums'], { pads: [1, 1, 1, 1] }),
      makeNode('Mul', operands('sums', 'factor'), ['product']),
      makeNode('Add', operands('product', 'addend'), ['y']),
    ],
    inputs: [{ name: 'x', dims: ['N', 3, 9, 7] }],
    outputs: outputs.map((name) => ({ name, dims: ['N', CHANNELS, 9, 7] })),
    constants: { w: random([CHANNELS, 3, 3, 3], 1), factor, addend },
  });
}

it.each([
  ['one for each channel', perChannel(2), perChannel(3), 'tensor first'],
  ['constants that come first', perChannel(2), perChannel(3), 'constant first'],
  ['one factor for all channels', floats([], [0.37]), perChannel(3), 'tensor first'],
  ['one addend for all channels', perChannel(2), floats([], [-1e-3]), 'tensor first'],
])('gives the same bits by a single operator: %s', async (_, factor, addend, order) => {
  const model = rescaled(factor, addend, { order });
  const graph = withRescalingConvolutions(model.graph!);
  expect(graph.node.map(({ opType }) => opType)).toEqual(['Conv', 'Conv']);
  const runtime = await startRuntime('cpu');
  const x = random([2, 3, 9, 7], 4);
  const [before, after] = await Promise.all(
    [model, { ...model, graph }].map(async (each) => {
      const session = await runtime.open(serializeModel(each), { optimize: 'float' });
      return (await session.run({ x })).y.data;
    }),
  );
  expect(after).toEqual(before);
});

it.each([
  ['a product that is read elsewhere', rescaled(perChannel(2), perChannel(3), { outputs: ['y', 'product'] })],
  ['a factor for each column', rescaled(random([7], 2), perChannel(3))],
  ['an addend for each pixel', rescaled(perChannel(2), random([CHANNELS, 9, 7], 3))],
])('leaves %s as it is', (_, { graph }) => {
  expect(withRescalingConvolutions(graph!)).toBe(graph);
});
