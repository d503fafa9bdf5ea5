import { create } from '@bufbuild/protobuf';
import { beforeAll, describe, expect, it } from 'vitest';
import { toFloat16 } from '../../../src/numerics/float16.ts';
import type { Tensor } from '../../../src/numerics/tensor.ts';
import {
  AttributeProtoSchema,
  AttributeProto_AttributeType as AttributeType,
  TensorProto_DataType as DataType,
  FunctionProtoSchema,
  type ModelProto,
  type NodeProto,
  SparseTensorProtoSchema,
  ValueInfoProtoSchema,
} from '../../../src/onnx/gen/onnx_pb.ts';
import { inDomain, makeNode } from '../../../src/onnx/graph.ts';
import { serializeModel } from '../../../src/onnx/model.ts';
import { namesOf } from '../../../src/onnx/names.ts';
import { makeTensor } from '../../../src/onnx/tensors.ts';
import { type Loader, loader } from '../../support/load-model.ts';
import { floats, makeModel, noise, random } from '../../support/models.ts';

let load: Loader;
beforeAll(async () => {
  load = await loader();
});

const x = { name: 'x', dims: ['N', 2, 6, 6] };
const y = { name: 'y', dims: ['N', 'C', 'H', 'W'] };
const input: Tensor = { type: 'float32', dims: [3, 2, 6, 6], data: noise(216, 5) };

async function outputOf(model: ModelProto, fed = input): Promise<Float32Array> {
  const session = await load.runtime.open(serializeModel(model), { optimize: 'none' });
  const results = await session.run({ x: fed }, ['y']);
  await session.close();
  return results.y.data as Float32Array;
}

/** Loads a model, and holds that it computes what it computed and has no name that it did not have. */
async function loaded(given: ModelProto, fed = input) {
  const model = await load.proto(given);
  const [before, after] = [await outputOf(given, fed), await outputOf(model.model, fed)];
  const largest = Math.max(...before.map(Math.abs));
  const apart = Math.max(...before.map((value, i) => Math.abs(value - after[i])));
  expect(apart / largest, 'what loading changed of the output').toBeLessThan(2e-6);
  const known = namesOf(
    given.graph!,
    ...given.functions.map(({ node }) => makeModel({ nodes: node, inputs: [], outputs: [] }).graph!),
  );
  const invented = [...namesOf(model.model.graph!).tensors].filter((name) => !known.tensors.has(name));
  return { model, operators: model.view.graph.node.map((n) => n.opType), invented };
}

const five = (seed: number, count: number) =>
  floats(
    [count],
    noise(count, seed).map((v) => 1.5 + v),
  );

describe('a loaded model', () => {
  it.each([
    ['Conv', [4, 2, 3, 3], {}],
    ['ConvTranspose', [2, 4, 3, 3], {}],
    ['ConvTranspose', [2, 2, 3, 3], { group: 2 }],
  ] as const)('has BatchNormalization in the %s of weights %j before it', async (op, dims, attributes) => {
    const nodes = [
      makeNode(op, ['x', 'w', 'b'], ['c'], attributes),
      makeNode('BatchNormalization', ['c', 'scale', 'shift', 'mean', 'variance'], ['n']),
      makeNode('Relu', ['n'], ['y']),
    ];
    const [scale, shift, mean, variance] = [1, 2, 3, 4].map((seed) => five(seed, 4));
    const constants = { w: random(dims, 3), b: random([4], 4), scale, shift, mean, variance };
    const { model, operators, invented } = await loaded(
      makeModel({ nodes, inputs: [x], outputs: [y], constants }),
    );
    expect({ operators, invented }).toEqual({ operators: [op, 'Relu'], invented: [] });
    expect([...model.view.initializers.keys()].sort()).toEqual(['b', 'w']);
    expect(model.view.graph.node[0].output).toEqual(['n']);
  });

  it('has the added constant of a Conv, and of a MatMul of two dimensions, as bias', async () => {
    const nodes = [
      makeNode('Conv', ['x', 'w'], ['c']),
      makeNode('Add', ['c', 'b'], ['a']),
      makeNode('GlobalAveragePool', ['a'], ['p']),
      makeNode('Flatten', ['p'], ['f']),
      makeNode('MatMul', ['f', 'v'], ['m']),
      makeNode('Add', ['d', 'm'], ['y']),
    ];
    const constants = {
      w: random([4, 2, 3, 3], 3),
      b: random([1, 4, 1, 1], 4),
      v: random([4, 5], 5),
      d: random([5], 6),
    };
    const { operators, invented } = await loaded(
      makeModel({ nodes, inputs: [x], outputs: [{ name: 'y', dims: ['N', 5] }], constants }),
    );
    expect({ operators, invented }).toEqual({
      operators: ['Conv', 'GlobalAveragePool', 'Flatten', 'Gemm'],
      invented: [],
    });
  });

  it('keeps what is added and is no bias: another shape, a tensor that others read', async () => {
    const nodes = [
      makeNode('Conv', ['x', 'w'], ['c']),
      makeNode('Add', ['c', 'row'], ['a']),
      makeNode('Conv', ['x', 'w'], ['e']),
      makeNode('Add', ['e', 'b'], ['g']),
      makeNode('Mul', ['g', 'e'], ['h']),
      makeNode('Mul', ['a', 'h'], ['y']),
    ];
    const constants = { w: random([4, 2, 3, 3], 3), row: random([1, 1, 1, 4], 4), b: random([4, 1, 1], 5) };
    const { operators } = await loaded(makeModel({ nodes, inputs: [x], outputs: [y], constants }));
    expect(operators.filter((op) => op === 'Add')).toHaveLength(2);
  });

  it('has a weight that several layers share once for each where something is folded into it', async () => {
    const nodes = [
      makeNode('Conv', ['x', 'w', 'b'], ['c']),
      makeNode('BatchNormalization', ['c', 's', 'b', 'b', 's'], ['n']),
      makeNode('Conv', ['n', 'w', 'b'], ['y']),
    ];
    nodes[0].name = 'first';
    const constants = { w: random([2, 2, 3, 3], 3), b: random([2], 4), s: five(5, 2) };
    const { model, invented } = await loaded(makeModel({ nodes, inputs: [x], outputs: [y], constants }));
    expect(invented).toEqual(['w/first', 'b/first']);
    expect(Object.fromEntries(model.weightNames)).toEqual({ 'w/first': 'w', 'b/first': 'b' });
  });

  it.each(['float16', 'bfloat16'])('reads %s weights as the values that they are', async (kind) => {
    const values = noise(36, 3);
    const bits = new Uint32Array(values.slice().buffer);
    const rawData = kind === 'float16' ? toFloat16(values) : Uint16Array.from(bits, (b) => b >>> 16);
    const given = makeModel({
      nodes: [
        makeNode('Cast', ['w'], ['w32'], { to: DataType.FLOAT }),
        makeNode('Conv', ['x', 'w32'], ['c']),
        makeNode('Cast', ['c'], ['half'], { to: DataType.FLOAT16 }),
        makeNode('Cast', ['half'], ['y'], { to: DataType.FLOAT }),
      ],
      inputs: [x],
      outputs: [y],
    });
    const dataType = kind === 'float16' ? DataType.FLOAT16 : DataType.BFLOAT16;
    const tensor = Object.assign(makeTensor('w', floats([2, 2, 3, 3], values)), { dataType });
    tensor.rawData = new Uint8Array(rawData.buffer as ArrayBuffer);
    given.graph!.initializer.push(tensor);
    const model = await load.proto(given);
    expect(model.view.graph.node.map((n) => n.opType)).toEqual(['Conv']);
    expect(model.view.graph.node[0].input).toEqual(['x', 'w32']);
    expect(model.view.graph.node[0].output).toEqual(['y']);
    expect(model.tensors.get('y')?.type).toBe('float32');
  });

  it('takes float32 where the file takes float16, from input to output', async () => {
    const half = { type: 'float16' as const };
    const w = { type: 'float16' as const, dims: [2, 2, 1, 1], data: toFloat16(noise(4, 3)) };
    const model = await load.proto(
      makeModel({
        nodes: [makeNode('Conv', ['x', 'w'], ['c']), makeNode('Relu', ['c'], ['y'])],
        inputs: [{ ...x, ...half }],
        outputs: [{ ...y, ...half }],
        constants: { w },
      }),
    );
    expect([...model.inputs, ...model.outputs].map(({ type }) => type)).toEqual(['float32', 'float32']);
    expect([...(await outputOf(model.model))].every(Number.isFinite)).toBe(true);
  });

  it('writes sparse weights out', async () => {
    const given = makeModel({ nodes: [makeNode('Conv', ['x', 'w'], ['y'])], inputs: [x], outputs: [y] });
    const places = { type: 'int64' as const, dims: [3], data: BigInt64Array.of(0n, 5n, 17n) };
    given.graph!.sparseInitializer.push(
      create(SparseTensorProtoSchema, {
        values: makeTensor('w', floats([3], [1, -2, 3])),
        indices: makeTensor('', places),
        dims: [1n, 2n, 3n, 3n],
      }),
    );
    const { model } = await loaded(given);
    expect(model.view.initializers.has('w')).toBe(true);
  });

  it('refuses sparse weights whose indices lie outside of them', async () => {
    const given = makeModel({ nodes: [makeNode('Conv', ['x', 'w'], ['y'])], inputs: [x], outputs: [y] });
    given.graph!.sparseInitializer.push(
      create(SparseTensorProtoSchema, {
        values: makeTensor('w', floats([1], [1])),
        indices: makeTensor('', { type: 'int64', dims: [1], data: BigInt64Array.of(18n) }),
        dims: [1n, 2n, 3n, 3n],
      }),
    );
    await expect(load.proto(given)).rejects.toThrow(
      'sparse initializer "w" has an index beyond its shape [1, 2, 3, 3]',
    );
  });

  it('keeps an operator that ONNX calls one, whatever an engine makes of it', async () => {
    const nodes = [
      makeNode('Conv', ['x', 'w'], ['c']),
      makeNode('GroupNormalization', ['c', 's', 's'], ['g'], { num_groups: 2 }),
      makeNode('HardSwish', ['g'], ['h']),
      makeNode('Mish', ['h'], ['y']),
    ];
    const constants = { w: random([4, 2, 3, 3], 3), s: five(5, 4) };
    const { operators } = await loaded(
      makeModel({ nodes, inputs: [x], outputs: [y], constants, opset: 21, ir: 10 }),
    );
    expect(operators).toEqual(['Conv', 'GroupNormalization', 'HardSwish', 'Mish']);
  });

  it('looks into a function of the model that multiplies, and keeps one that does not', async () => {
    const own = (name: string, node: NodeProto[]) =>
      create(FunctionProtoSchema, {
        name,
        domain: 'own',
        input: ['in', 'weight'],
        output: ['out'],
        opsetImport: [{ domain: '', version: 13n }],
        node,
      });
    const stride = makeNode('Conv', ['in', 'weight'], ['inner']);
    stride.attribute.push(
      create(AttributeProtoSchema, { name: 'strides', refAttrName: 'strides', type: AttributeType.INTS }),
    );
    const call = inDomain('own', makeNode('Block', ['x', 'w'], ['a'], { strides: [2, 2] }));
    call.name = 'block1';
    const given = makeModel({
      nodes: [call, inDomain('own', makeNode('Twice', ['a', ''], ['y']))],
      inputs: [x],
      outputs: [y],
      constants: { w: random([4, 2, 3, 3], 3) },
    });
    given.opsetImport.push(
      ...makeModel({ nodes: [], inputs: [], outputs: [] }).opsetImport.map((o) =>
        Object.assign(o, { domain: 'own', version: 1n }),
      ),
    );
    given.functions.push(
      own('Block', [stride, makeNode('Relu', ['inner'], ['out'])]),
      own('Twice', [makeNode('Add', ['in', 'in'], ['out'])]),
    );
    const { operators, invented } = await loaded(given);
    expect(operators).toEqual(['Conv', 'Relu', 'Twice']);
    expect(invented).toEqual(['block1/inner']);
  });

  it('knows the branch of an If whose condition follows from shapes, and the shapes themselves', async () => {
    const branch = (op: string, attributes = {}) =>
      Object.assign(
        makeModel({ nodes: [makeNode(op, ['c'], ['r'], attributes)], inputs: [], outputs: [] }).graph!,
        { output: [create(ValueInfoProtoSchema, { name: 'r' })] },
      );
    const chosen = makeNode('If', ['is'], ['i']);
    for (const [name, g] of [
      ['then_branch', branch('Relu')],
      ['else_branch', branch('Neg')],
    ] as const)
      chosen.attribute.push(create(AttributeProtoSchema, { name, type: AttributeType.GRAPH, g }));
    const nodes = [
      makeNode('Conv', ['x', 'w'], ['c']),
      makeNode('Shape', ['w'], ['s']),
      makeNode('Gather', ['s', 'zero'], ['d']),
      makeNode('Equal', ['d', 'four'], ['is']),
      chosen,
      makeNode('Identity', ['i'], ['y']),
    ];
    const scalar = (value: bigint) => ({ type: 'int64' as const, dims: [], data: BigInt64Array.of(value) });
    const constants = { w: random([4, 2, 3, 3], 3), zero: scalar(0n), four: scalar(4n) };
    const { operators, invented } = await loaded(makeModel({ nodes, inputs: [x], outputs: [y], constants }));
    expect({ operators, invented }).toEqual({ operators: ['Conv', 'Relu'], invented: [] });
  });

  it('may have its nodes in any order', async () => {
    const nodes = [makeNode('Relu', ['c'], ['y']), makeNode('Conv', ['x', 'w'], ['c'])];
    const given = makeModel({ nodes, inputs: [x], outputs: [y], constants: { w: random([4, 2, 3, 3], 3) } });
    const model = await load.proto(given);
    expect(model.view.graph.node.map((n) => n.opType)).toEqual(['Conv', 'Relu']);
  });

  it('tells a scalar from a tensor of unknown rank', async () => {
    const nodes = [
      makeNode('ReduceSum', ['x'], ['scalar'], { keepdims: 0 }),
      makeNode('Reshape', ['x', 'shape'], ['any']),
      makeNode('Add', ['any', 'scalar'], ['y']),
    ];
    const shape = { name: 'shape', dims: ['R'], type: 'int64' as const };
    const model = await load({ nodes, inputs: [x, shape], outputs: [{ name: 'y', dims: [] }] });
    expect(model.tensors.get('scalar')?.dims).toEqual([]);
    expect(model.tensors.get('any')?.dims).toBeUndefined();
  });

  it('keeps what is drawn at random, though it reads no input', async () => {
    const nodes = [
      makeNode('RandomNormal', [], ['r'], { shape: [1, 2, 6, 6] }),
      makeNode('Add', ['x', 'r'], ['y']),
    ];
    const model = await load({ nodes, inputs: [x], outputs: [y] });
    expect(model.view.graph.node.map((n) => n.opType)).toEqual(['RandomNormal', 'Add']);
  });
});
