import { expect, it } from 'vitest';
import { makeNode } from '../../../src/onnx/graph.ts';
import { serializeModel } from '../../../src/onnx/model.ts';
import { openModel, withWeightsBeside } from '../../../src/runtime/open-model.ts';
import { type Runtime, type SessionOptions, startRuntime } from '../../../src/runtime/runtime.ts';
import { makeModel, random } from '../../support/models.ts';

/** Two products with weights of 256 KiB and of 1 KiB. */
const model = makeModel({
  nodes: [makeNode('MatMul', ['x', 'w'], ['h']), makeNode('MatMul', ['h', 'v'], ['y'])],
  inputs: [{ name: 'x', dims: ['N', 256] }],
  outputs: [{ name: 'y', dims: ['N', 1] }],
  constants: { w: random([256, 256], 1), v: random([256, 1], 2) },
});
const x = random([2, 256], 3);

it('computes the same bits with its weights beside the message', async () => {
  const runtime = await startRuntime('cpu');
  const inside = await openModel(model, { optimize: 'float' }, runtime);
  const expected = await inside.run({ x });
  await inside.close();
  const { bare, weights } = withWeightsBeside(model);
  expect(weights.map(({ name, data }) => [name, data.length])).toEqual([['weight-0', 2 ** 18]]);
  const bytes = serializeModel(bare);
  expect(bytes.length).toBeLessThan(2 ** 12);
  const session = await runtime.open(bytes, { optimize: 'float', weights });
  expect(await session.run({ x })).toEqual(expected);
  await session.close();
});

it('leaves the model as it was', () => {
  const before = serializeModel(model);
  withWeightsBeside(model);
  expect(Buffer.from(serializeModel(model)).equals(before)).toBe(true);
});

it('keeps the roundings to float16 off drivers that may not have the type, or round as they like', async () => {
  const rounding = makeModel({
    nodes: [
      makeNode('Cast', ['x'], ['half'], { to: 10 }),
      makeNode('Cast', ['half'], ['rounded'], { to: 1 }),
      makeNode('Cast', ['rounded'], ['places'], { to: 7 }),
    ],
    inputs: [{ name: 'x', dims: ['N'] }],
    outputs: [{ name: 'places', dims: ['N'], type: 'int64' }],
  });
  const given: SessionOptions[] = [];
  const open: Runtime['open'] = async (_, options) => {
    given.push(options);
    return undefined as never;
  };
  const runtime: Runtime = { provider: 'webgpu', passedOver: new Map(), version: '', open };
  await openModel(rounding, { optimize: 'float' }, runtime);
  await openModel(model, { optimize: 'float' }, runtime);
  expect(given.map(({ onCpu }) => onCpu)).toEqual([['half/Cast', 'rounded/Cast'], []]);
});

it('computes nothing that no output needs', async () => {
  const twice = makeModel({
    nodes: [
      makeNode('If', ['unknown'], ['unread'], {}),
      makeNode('MatMul', ['x', 'w'], ['h']),
      makeNode('MatMul', ['h', 'v'], ['y']),
    ],
    inputs: [{ name: 'x', dims: ['N', 256] }],
    outputs: [{ name: 'y', dims: ['N', 1] }],
    constants: { w: random([256, 256], 1), v: random([256, 1], 2) },
  });
  const session = await openModel(twice, { optimize: 'float' }, await startRuntime('cpu'));
  expect((await session.run({ x })).y.dims).toEqual([2, 1]);
  await session.close();
});
