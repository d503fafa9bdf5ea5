import { beforeAll, expect, it } from 'vitest';
import { makeNode } from '../../../src/onnx/graph.ts';
import { tensorSizes, withSampleShapes } from '../../../src/runtime/sample-shapes.ts';
import { type Loader, loader } from '../../support/load-model.ts';
import { random } from '../../support/models.ts';

let load: Loader;
beforeAll(async () => {
  load = await loader();
});

const picture = (dims: readonly (number | string)[]) =>
  load({
    nodes: [
      makeNode('Conv', ['x', 'w'], ['c'], { strides: [2, 2] }),
      makeNode('Relu', ['c'], ['r']),
      makeNode('GlobalAveragePool', ['r'], ['y']),
    ],
    inputs: [{ name: 'x', dims }],
    outputs: [{ name: 'y', dims: ['N', 3, 1, 1] }],
    constants: { w: random([3, 1, 1, 1]) },
  });
const x = random([2, 1, 6, 8]);
const expected = { x: 96, c: 72, r: 72, y: 6 };

it('counts what a model states and what it leaves open alike', async () => {
  for (const dims of [
    [2, 1, 6, 8],
    ['N', 1, 6, 8],
    ['N', 1, 'H', 'W'],
  ]) {
    const shaped = await withSampleShapes(await picture(dims), { x }, load.runtime);
    expect(Object.fromEntries(tensorSizes(shaped)), String(dims)).toEqual(expected);
  }
});

it('runs nothing where all is stated', async () => {
  const model = await picture([2, 1, 6, 8]);
  const open = () => Promise.reject(new Error('opened'));
  expect(await withSampleShapes(model, { x }, { ...load.runtime, open })).toBe(model);
});

it('takes 1 for what cannot be measured', async () => {
  const model = await picture(['N', 1, 'H', 'W']);
  expect(await withSampleShapes(model, { x: random([2, 2, 6, 8]) }, load.runtime)).toBe(model);
  expect(tensorSizes(model).get('r')).toBe(3);
});
