import { describe, expect, it } from 'vitest';
import { makeNode } from '../../../src/onnx/graph.ts';
import { boundsOf, withinBounds } from '../../../src/quantization/bounds.ts';
import { floats } from '../../support/models.ts';
import { statedModel } from '../../support/stated-model.ts';

const relu6 = makeNode('Clip', ['x', 'low', 'high'], ['y']);
const { view } = statedModel({
  nodes: [relu6],
  inputs: [{ name: 'x', dims: [4] }],
  outputs: [{ name: 'y', dims: [4] }],
  constants: { low: floats([], [0]), high: floats([], [6]) },
});

describe('the bounds of an operator', () => {
  it.each([
    [relu6, { alpha: 0, beta: 6 }],
    [makeNode('Clip', ['x', '', 'high'], ['y']), { alpha: -Infinity, beta: 6 }],
    [makeNode('Clip', ['x'], ['y'], { min: { f: -1 }, max: { f: 2 } }), { alpha: -1, beta: 2 }],
    [makeNode('Clip', ['x', 'unknown'], ['y']), { alpha: Number.NaN, beta: Infinity }],
    [makeNode('Relu', ['x'], ['y']), { alpha: 0, beta: Infinity }],
    [makeNode('Sigmoid', ['x'], ['y']), undefined],
  ])('are those that it lets through: %#', (node, bounds) => {
    expect(boundsOf(node, view)).toEqual(bounds);
  });

  it('end a range that a search made wider, and no other', () => {
    expect(withinBounds({ alpha: -0.01, beta: 6.02 }, relu6, view)).toEqual({ alpha: 0, beta: 6 });
    expect(withinBounds({ alpha: 0, beta: 4 }, relu6, view)).toEqual({ alpha: 0, beta: 4 });
    expect(withinBounds({ alpha: -3, beta: 9 }, undefined, view)).toEqual({ alpha: -3, beta: 9 });
    expect(withinBounds({ alpha: 7, beta: 9 }, relu6, view)).toEqual({ alpha: 7, beta: 9 });
  });

  it('are left alone where they are no constant', () => {
    const open = makeNode('Clip', ['x', 'unknown', 'unknown'], ['y']);
    expect(withinBounds({ alpha: -3, beta: 9 }, open, view)).toEqual({ alpha: -3, beta: 9 });
  });
});
