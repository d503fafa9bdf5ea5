import { create } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import type { Tensor } from '../../../src/numerics/tensor.ts';
import {
  AttributeProtoSchema,
  AttributeProto_AttributeType as AttributeType,
  type NodeProto,
} from '../../../src/onnx/gen/onnx_pb.ts';
import { inDomain, makeNode } from '../../../src/onnx/graph.ts';
import { nodeNames } from '../../../src/quantization/layer.ts';
import { planFor } from '../../../src/quantization/plan.ts';
import { targets } from '../../../src/targets/index.ts';
import { floats, makeModel, type PortSpec, random } from '../../support/models.ts';
import { statedModel } from '../../support/stated-model.ts';

const x: PortSpec = { name: 'x', dims: [2, 2] };
const planOf = (nodes: NodeProto[], constants: Record<string, Tensor> = {}, inputs = [x]) =>
  planFor(statedModel({ nodes, inputs, outputs: [{ name: 'y', dims: [] }], constants }), targets.tensorrt);

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

it('a node without a name is shown by the first output that it has', () => {
  const nodes = [makeNode('Dropout', ['x'], ['', 'mask']), makeNode('Print', ['x'], [''])].map((node) =>
    Object.assign(node, { name: '' }),
  );
  const { graph } = makeModel({ nodes, inputs: [x], outputs: [] });
  expect([...nodeNames(graph!).values()]).toEqual(['Dropout(mask)', 'Print()']);
});

describe('a layer', () => {
  it('is what multiplies an activation by a weight, with its bias', () => {
    const node = makeNode('Gemm', ['x', 'w', 'b'], ['y']);
    const { layers, notQuantized } = planOf([node], { w: random([2, 2]), b: random([2]) });
    expect(layers).toEqual([
      {
        name: 'y/Gemm',
        op: 'Gemm',
        node,
        activations: ['x'],
        weight: { name: 'w', input: 1, axis: 1 },
        bias: { name: 'b', input: 2 },
        output: 'y',
      },
    ]);
    expect(notQuantized).toEqual([]);
  });

  it('is what multiplies two activations, without a weight', () => {
    const node = makeNode('MatMul', ['x', 'z'], ['y']);
    const { layers } = planOf([node], {}, [x, { name: 'z', dims: [2, 2] }]);
    expect(layers).toMatchObject([{ activations: ['x', 'z'], weight: undefined, bias: undefined }]);
  });

  it('has a weight in a constant that is an output of the model as well', () => {
    const model = statedModel({
      nodes: [makeNode('MatMul', ['x', 'w'], ['y'])],
      inputs: [x],
      outputs: ['y', 'w'].map((name) => ({ name, dims: [2, 2] })),
      constants: { w: random([2, 2]) },
    });
    const { layers, activations } = planFor(model, targets.tensorrt);
    expect(layers).toMatchObject([{ activations: ['x'], weight: { name: 'w' } }]);
    expect([...activations.keys()]).toEqual(['x']);
  });

  it('has no bias where it is computed, nor where a MatMul is given a third input', () => {
    const computed = makeNode('Gemm', ['x', 'w', 'x'], ['y']);
    expect(planOf([computed], { w: random([2, 2]) }).layers).toMatchObject([
      { activations: ['x'], bias: undefined },
    ]);
    const third = makeNode('MatMul', ['x', 'w', 'w'], ['y']);
    expect(planOf([third], { w: random([2, 2]) }).layers[0].bias).toBeUndefined();
  });

  it.each([
    ['Conv', {}, [8, 4, 3, 3], 0],
    ['ConvTranspose', {}, [8, 4, 3, 3], 1],
    ['Gemm', {}, [8, 4], 1],
    ['Gemm', { transB: 0, transA: 1 }, [8, 4], 1],
    ['Gemm', { transB: 1 }, [8, 4], 0],
    ['MatMul', {}, [8, 4], 1],
    ['MatMul', {}, [2, 8, 4], null],
    ['MatMul', {}, [8], null],
  ] as const)('counts the outputs of %s%o, weight %o behind, along axis %s', (op, attributes, dims, axis) => {
    const [layer] = planOf([makeNode(op, ['x', 'w'], ['y'], attributes)], { w: random(dims) }).layers;
    expect(layer.weight).toEqual({ name: 'w', input: 1, axis });
  });

  it.each([
    ['Gemm', {}, [8, 4], 0],
    ['Gemm', { transA: 0, transB: 1 }, [8, 4], 0],
    ['Gemm', { transA: 1 }, [8, 4], 1],
    ['MatMul', {}, [8, 4], 0],
    ['MatMul', {}, [2, 8, 4], null],
    ['MatMul', {}, [8], null],
  ] as const)(
    'counts the outputs of %s%o, weight %o in front, along axis %s',
    (op, attributes, dims, axis) => {
      const [layer] = planOf([makeNode(op, ['w', 'x'], ['y'], attributes)], { w: random(dims) }).layers;
      expect(layer).toMatchObject({ activations: ['x'], weight: { name: 'w', input: 0, axis } });
    },
  );

  it('may name ONNX’s own operator set, and is of no other', () => {
    const product = makeNode('MatMul', ['x', 'w'], ['y']);
    const constants = { w: random([2, 2]) };
    expect(planOf([inDomain('ai.onnx', product)], constants).layers).toHaveLength(1);
    const other = planOf([inDomain('com.example', product)], constants);
    const why = 'MatMul of com.example is no operator of ONNX';
    expect(other).toMatchObject({ layers: [], notQuantized: [{ op: 'MatMul', why }] });
  });
});

describe('what stays in floating point, and why', () => {
  it.each(['LSTM', 'GRU', 'RNN'])('is %s', (op) => {
    const node = makeNode(op, ['x', 'w', 'r'], ['y']);
    expect(planOf([node], { w: random([1, 4, 2]), r: random([1, 4, 2]) })).toMatchObject({
      layers: [],
      notQuantized: [{ layer: `y/${op}`, op, why: 'recurrent operators are not emulated' }],
    });
  });

  it('is control flow that multiplies, however deep, and no other', () => {
    const around = (nodes: NodeProto[]) => {
      const { graph: g } = makeModel({ nodes, inputs: [], outputs: [] });
      const node = makeNode('If', ['x'], ['y'], { axis: 1 });
      node.attribute.push(
        create(AttributeProtoSchema, { name: 'then_branch', type: AttributeType.GRAPH, g }),
      );
      return node;
    };
    const why = 'the bodies of control flow are passed through as they are';
    const product = makeNode('MatMul', ['a', 'b'], ['c']);
    for (const node of [around([product]), around([around([product])])])
      expect(planOf([node]).notQuantized).toEqual([{ layer: 'y/If', op: 'If', why }]);
    expect(planOf([around([makeNode('Relu', ['a'], ['c'])])]).notQuantized).toEqual([]);
  });

  it.each([
    ['', 'Einsum', 'write it as MatMul'],
    ['', 'Attention', 'export it as MatMul and Softmax'],
    ['com.microsoft', 'FusedConv', 'give the model from before it was optimized'],
  ])('is %s %s, with what to do', (domain, op, remedy) => {
    const [entry] = planOf([inDomain(domain, makeNode(op, ['x', 'x'], ['y']))]).notQuantized;
    expect(entry).toMatchObject({ layer: `y/${op}`, op, why: expect.stringContaining(remedy) });
  });

  it('is a product whose inputs are not float32', () => {
    const why = 'its inputs are not float32';
    const node = makeNode('MatMul', ['x', 'w'], ['y']);
    const refused = { layers: [], notQuantized: [{ layer: 'y/MatMul', op: 'MatMul', why }] };
    const double: Tensor = { type: 'float64', dims: [2, 2], data: new Float64Array(4) };
    expect(planOf([node], { w: double })).toMatchObject(refused);
    expect(planOf([node], { w: floats([2, 2], [1, 2, 3, 4]) }, [{ ...x, type: 'float64' }])).toMatchObject(
      refused,
    );
    const halves = [x, { name: 'w', dims: [2, 2], type: 'float16' as const }];
    expect(planOf([node], {}, halves)).toMatchObject(refused);
  });

  it('is a product with a tensor of unknown type', () => {
    const { layers, notQuantized } = planOf([makeNode('MatMul', ['x', 'unknown'], ['y'])]);
    expect([layers, notQuantized.length]).toEqual([[], 1]);
  });

  it('is a product of two constants', () => {
    const node = makeNode('MatMul', ['v', 'w'], ['y']);
    expect(planOf([node], { v: random([2, 2]), w: random([2, 2]) }).layers).toEqual([]);
  });
});
