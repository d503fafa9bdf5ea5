import { create } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { AttributeProto_AttributeType, AttributeProtoSchema } from '../../../src/onnx/gen/onnx_pb.ts';
import { makeNode } from '../../../src/onnx/graph.ts';
import { liveValues } from '../../../src/runtime/live-values.ts';
import { makeModel } from '../../support/models.ts';

const graphOf = (nodes: ReturnType<typeof makeNode>[]) =>
  makeModel({
    nodes,
    inputs: [{ name: 'x', dims: [1] }],
    outputs: [{ name: 'y', dims: [1] }],
  }).graph!;

const sizes = new Map(Object.entries({ x: 1, a: 10, b: 100, c: 20, y: 2 }));

describe('values that are wanted at once', () => {
  it('are what a node reads and makes, in a chain', () => {
    const chain = [
      makeNode('Relu', ['x'], ['a']),
      makeNode('Relu', ['a'], ['b']),
      makeNode('Relu', ['b'], ['c']),
      makeNode('Relu', ['c'], ['y']),
    ];
    expect(liveValues(graphOf(chain), sizes)).toBe(100 + 20);
  });

  it('are there until the last node that reads them', () => {
    const residual = [
      makeNode('Relu', ['x'], ['a']),
      makeNode('Relu', ['a'], ['b']),
      makeNode('Relu', ['b'], ['c']),
      makeNode('Add', ['a', 'c'], ['y']),
    ];
    expect(liveValues(graphOf(residual), sizes)).toBe(10 + 100 + 20);
  });

  it('are what a body in a node reads as well', () => {
    const g = graphOf([makeNode('Relu', ['a'], ['y'])]);
    const choice = makeNode('If', ['c'], ['y']);
    choice.attribute.push(
      create(AttributeProtoSchema, { name: 'then_branch', type: AttributeProto_AttributeType.GRAPH, g }),
    );
    const branching = [
      makeNode('Relu', ['x'], ['a']),
      makeNode('Relu', ['x'], ['b']),
      makeNode('Relu', ['b'], ['c']),
      choice,
    ];
    expect(liveValues(graphOf(branching), sizes)).toBe(10 + 100 + 20);
  });

  it('end at once where nothing reads them, and count nothing where their size is not known', () => {
    const unread = [
      makeNode('Split', ['x'], ['a', 'b']),
      makeNode('Relu', ['x'], ['unknown']),
      makeNode('Relu', ['unknown'], ['y']),
    ];
    expect(liveValues(graphOf(unread), sizes)).toBe(1 + 10 + 100);
    expect(liveValues(graphOf(unread), new Map())).toBe(0);
  });
});
