import { create } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  AttributeProtoSchema,
  AttributeProto_AttributeType as AttributeType,
  SparseTensorProtoSchema,
  TensorProtoSchema,
  ValueInfoProtoSchema,
} from '../../../src/onnx/gen/onnx_pb.ts';
import { makeNode } from '../../../src/onnx/graph.ts';
import { freshName, namesOf } from '../../../src/onnx/names.ts';
import { floats, makeModel } from '../../support/models.ts';

describe('freshName', () => {
  it('is the wanted name where it is free, and numbered where it is not', () => {
    const taken = new Set(['a', 'a~2']);
    expect(freshName(taken, 'b')).toBe('b');
    expect(freshName(taken, 'a')).toBe('a~3');
    expect(freshName(taken, 'b')).toBe('b~2');
  });

  it('never gives a name twice', () => {
    const name = fc.constantFrom('a', 'a~2', 'a~2~2', '', '__proto__');
    fc.assert(
      fc.property(fc.array(name), fc.array(name), (given, wanted) => {
        const taken = new Set(given);
        const made = wanted.map((each) => freshName(taken, each));
        expect(new Set([...given, ...made]).size).toBe(new Set(given).size + made.length);
      }),
    );
  });
});

describe('namesOf', () => {
  it('has every name of a graph and of the bodies in it', () => {
    const body = makeModel({
      nodes: [makeNode('Add', ['outer', 'inner-weight'], ['inner'])],
      inputs: [],
      outputs: [{ name: 'inner', dims: [1] }],
      constants: { 'inner-weight': floats([1], [1]) },
    }).graph!;
    const chosen = makeNode('If', ['flag'], ['y']);
    chosen.attribute.push(
      create(AttributeProtoSchema, { name: 'then_branch', type: AttributeType.GRAPH, g: body }),
    );
    const { graph } = makeModel({
      nodes: [chosen],
      inputs: [{ name: 'flag', dims: [], type: 'bool' }],
      outputs: [{ name: 'y', dims: [1] }],
      constants: { weight: floats([1], [1]) },
    });
    const { tensors, nodes } = namesOf(graph!);
    expect([...tensors].sort()).toEqual(['flag', 'inner', 'inner-weight', 'outer', 'weight', 'y']);
    expect([...nodes].sort()).toEqual(['inner/Add', 'y/If']);
  });

  it('has those that a graph only states, of sparse constants, and of every body in a list', () => {
    const bodyOf = (name: string) =>
      makeModel({ nodes: [makeNode('Neg', ['x'], [name])], inputs: [], outputs: [] }).graph!;
    const node = makeNode('Custom', [], ['made']);
    node.attribute.push(
      create(AttributeProtoSchema, {
        name: 'bodies',
        type: AttributeType.GRAPHS,
        graphs: ['first', 'second'].map(bodyOf),
      }),
    );
    const { graph } = makeModel({ nodes: [node], inputs: [], outputs: [{ name: 'only-output', dims: [1] }] });
    graph!.valueInfo.push(create(ValueInfoProtoSchema, { name: 'stated' }));
    graph!.sparseInitializer.push(
      create(SparseTensorProtoSchema, { values: create(TensorProtoSchema, { name: 'sparse' }) }),
    );
    const { tensors, nodes } = namesOf(graph!, bodyOf('of-another-graph'));
    expect([...tensors].sort()).toEqual([
      'first',
      'made',
      'of-another-graph',
      'only-output',
      'second',
      'sparse',
      'stated',
      'x',
    ]);
    expect([...nodes].sort()).toEqual(['first/Neg', 'made/Custom', 'of-another-graph/Neg', 'second/Neg']);
  });

  it('takes a sparse constant without values for one without a name', () => {
    const { graph } = makeModel({ nodes: [], inputs: [], outputs: [] });
    graph!.sparseInitializer.push(create(SparseTensorProtoSchema));
    expect([...namesOf(graph!).tensors]).toEqual(['']);
  });
});
