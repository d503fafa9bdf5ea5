import { create } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import {
  AttributeProtoSchema,
  AttributeProto_AttributeType as AttributeType,
  FunctionProtoSchema,
  GraphProtoSchema,
  type NodeProto,
} from '../../../src/onnx/gen/onnx_pb.ts';
import { makeNode } from '../../../src/onnx/graph.ts';
import { randomOperators } from '../../../src/onnx/random-operators.ts';
import { floats, makeModel } from '../../support/models.ts';

const flag = (on: boolean) => ({ type: 'bool', dims: [], data: Uint8Array.of(Number(on)) }) as const;
const modelOf = (nodes: readonly NodeProto[], opset = 13) =>
  makeModel({
    nodes,
    inputs: [{ name: 'x', dims: ['N', 4] }],
    outputs: [{ name: 'y', dims: ['N', 4] }],
    constants: { half: floats([], [0.5]), yes: flag(true), no: flag(false) },
    opset,
  });
const withBody = (node: NodeProto, body: readonly NodeProto[]) => {
  const g = create(GraphProtoSchema, { name: 'body', node: [...body] });
  node.attribute.push(create(AttributeProtoSchema, { name: 'then_branch', type: AttributeType.GRAPH, g }));
  return node;
};

describe('the operators that draw random numbers', () => {
  it.each([
    'RandomNormal',
    'RandomNormalLike',
    'RandomUniform',
    'RandomUniformLike',
    'Multinomial',
    'Bernoulli',
  ])('are %s, with the name in the file', (op) => {
    const node = makeNode(op, ['x'], ['y'], { seed: { f: 1 } });
    node.name = 'sampler';
    expect(randomOperators(modelOf([node]))).toEqual([{ name: 'sampler', op }]);
  });

  it('are found in bodies, of bodies too, and in functions', () => {
    const inner = withBody(makeNode('If', ['no'], ['b']), [makeNode('RandomUniform', [], ['u'])]);
    const model = modelOf([withBody(makeNode('If', ['yes'], ['y']), [inner])]);
    expect(randomOperators(model)).toEqual([{ name: 'u/RandomUniform', op: 'RandomUniform' }]);
    const own = modelOf([makeNode('Relu', ['x'], ['y'])]);
    const node = [makeNode('Bernoulli', ['p'], ['q'])];
    own.functions.push(create(FunctionProtoSchema, { name: 'Own', domain: 'mine', node }));
    expect(randomOperators(own).map(({ op }) => op)).toEqual(['Bernoulli']);
  });

  it.each<[string, string[], number, boolean]>([
    ['one that is told to train', ['x', 'half', 'yes'], 13, true],
    ['one that is told not to', ['x', 'half', 'no'], 13, false],
    ['one that is told nothing', ['x', 'half'], 13, false],
    ['one that only infers', ['x'], 10, false],
  ])('have among them of Dropouts: %s', (_, inputs, opset, isRandom) => {
    const found = randomOperators(modelOf([makeNode('Dropout', inputs, ['y'])], opset));
    expect(found.length > 0).toBe(isRandom);
  });

  it('are told to train by a Constant too', () => {
    const told = makeNode('Constant', [], ['told']);
    const t = modelOf([]).graph!.initializer.find(({ name }) => name === 'yes')!;
    told.attribute.push(create(AttributeProtoSchema, { name: 'value', type: AttributeType.TENSOR, t }));
    const model = modelOf([told, makeNode('Dropout', ['x', 'half', 'told'], ['y'])]);
    expect(randomOperators(model)).toHaveLength(1);
  });

  it('are none of another domain, and none in an ordinary model', () => {
    const node = makeNode('Multinomial', ['x'], ['y']);
    node.domain = 'mine';
    expect(randomOperators(modelOf([node, makeNode('Relu', ['x'], ['z'])]))).toEqual([]);
  });
});
