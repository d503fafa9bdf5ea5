import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { create } from '@bufbuild/protobuf';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  AttributeProtoSchema,
  type ModelProto,
  type NodeProto,
  ValueInfoProtoSchema,
} from '../../../src/onnx/gen/onnx_pb.ts';
import { makeNode } from '../../../src/onnx/graph.ts';
import { serializeModel } from '../../../src/onnx/model.ts';
import { readModel } from '../../../src/onnx/read-model.ts';
import { makeTensor } from '../../../src/onnx/tensors.ts';
import { planFor } from '../../../src/quantization/plan.ts';
import { loadModel } from '../../../src/runtime/load-model.ts';
import { type Runtime, startRuntime } from '../../../src/runtime/runtime.ts';
import { targets } from '../../../src/targets/index.ts';
import { floats, makeModel, random, tinyClassifier } from '../../support/models.ts';

let folder = '';
let runtime: Runtime;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'quantgate-wild-'));
  runtime = await startRuntime('cpu');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function load(model: ModelProto) {
  writeFileSync(join(folder, 'model.onnx'), serializeModel(model));
  return loadModel(await readModel(join(folder, 'model.onnx')), 'model.onnx', runtime);
}

const layersOf = (model: Awaited<ReturnType<typeof load>>) =>
  planFor(model, targets.tensorrt).layers.map((l) => l.name);
const x = { name: 'x', dims: [1, 2, 6, 6] };
const y = { name: 'y', dims: ['N', 'C', 'H', 'W'] };

describe('a model as it is in the wild', () => {
  it('may list its weights as inputs (IR 3)', async () => {
    const inputs = [x, { name: 'w', dims: [3, 2, 3, 3] }];
    const model = await load(
      makeModel({
        nodes: [makeNode('Conv', ['x', 'w'], ['y'])],
        inputs,
        outputs: [y],
        constants: { w: random([3, 2, 3, 3]) },
        opset: 8,
        ir: 3,
      }),
    );
    expect(model.inputs.map((i) => i.name)).toEqual(['x']);
    expect(layersOf(model)).toHaveLength(1);
  });

  it('may hold weights in Constant nodes, and nodes without a name', async () => {
    const constant = makeNode('Constant', [], ['w']);
    constant.attribute.push(
      create(AttributeProtoSchema, { name: 'value', type: 4, t: makeTensor('', random([2, 2, 1, 1])) }),
    );
    const named = (node: NodeProto, name: string) => Object.assign(node, { name });
    const nodes = [
      constant,
      named(makeNode('Conv', ['x', 'w'], ['a']), ''),
      named(makeNode('Conv', ['a', 'w'], ['b']), 'c'),
      named(makeNode('Conv', ['b', 'w'], ['y']), 'd'),
    ];
    expect(layersOf(await load(makeModel({ nodes, inputs: [x], outputs: [y] })))).toEqual([
      'Conv(a)',
      'c',
      'd',
    ]);
  });

  it('has its BatchNormalization folded and its weights still under the user’s names', async () => {
    const nodes = [
      makeNode('Conv', ['x', 'w'], ['c']),
      makeNode('BatchNormalization', ['c', 's', 'b', 'm', 'v'], ['y']),
    ];
    const one = floats([2], [1, 2]);
    const model = await load(
      makeModel({
        nodes,
        inputs: [x],
        outputs: [y],
        constants: { w: random([2, 2, 3, 3]), s: one, b: one, m: one, v: one },
      }),
    );
    expect(model.model.graph!.node.map((n) => n.opType)).toEqual(['Conv']);
    expect([...model.view.initializers.keys()]).toContain('w');
    expect(model.tensors.has('y')).toBe(true);
  });

  it('keeps the bodies of If, quantizes around them, and runs', async () => {
    const body = (op: string) =>
      Object.assign(makeModel({ nodes: [makeNode(op, ['c'], ['r'])], inputs: [], outputs: [] }).graph!, {
        name: op,
        output: [create(ValueInfoProtoSchema, { name: 'r' })],
      });
    const branch = makeNode('If', ['flag'], ['y']);
    for (const [name, op] of [
      ['then_branch', 'Relu'],
      ['else_branch', 'Neg'],
    ])
      branch.attribute.push(create(AttributeProtoSchema, { name, type: 5, g: body(op) }));
    const nodes = [makeNode('Conv', ['x', 'w'], ['c']), branch];
    const model = await load(
      makeModel({
        nodes,
        inputs: [x, { name: 'flag', dims: [], type: 'bool' }],
        outputs: [y],
        constants: { w: random([2, 2, 3, 3]) },
      }),
    );
    const plan = planFor(model, targets.snpe);
    expect(plan.layers).toHaveLength(1);
    expect(plan.notQuantized).toEqual([]);
  });

  it('may be a transformer block: embedding, masked attention, two matrix products of activations', async () => {
    const nodes = [
      makeNode('Gather', ['table', 'ids'], ['e']),
      makeNode('MatMul', ['e', 'wq'], ['q']),
      makeNode('MatMul', ['e', 'wk'], ['k']),
      makeNode('Transpose', ['k'], ['kt'], { perm: [0, 2, 1] }),
      makeNode('MatMul', ['q', 'kt'], ['s']),
      makeNode('Add', ['s', 'mask'], ['masked']),
      makeNode('Softmax', ['masked'], ['p']),
      makeNode('MatMul', ['p', 'e'], ['y']),
    ];
    const constants = {
      table: random([11, 8]),
      wq: random([8, 8], 2),
      wk: random([8, 8], 3),
      mask: floats([1, 3, 3], [0, -1e4, -1e4, 0, 0, -1e4, 0, 0, 0]),
    };
    const model = await load(
      makeModel({
        nodes,
        inputs: [{ name: 'ids', dims: ['N', 3], type: 'int64' }],
        outputs: [{ name: 'y', dims: ['N', 3, 8] }],
        constants,
      }),
    );
    const plan = planFor(model, targets.tensorrt);
    expect(plan.layers.map((l) => [l.op, l.activations.length, l.weight?.axis])).toEqual([
      ['MatMul', 1, 1],
      ['MatMul', 1, 1],
      ['MatMul', 2, undefined],
      ['MatMul', 2, undefined],
    ]);
    expect([...plan.activations.keys()]).not.toContain('ids');
  });

  it('is refused in one line when ONNX Runtime cannot load it', async () => {
    const model = makeModel({ nodes: [makeNode('Frobnicate', ['x'], ['y'])], inputs: [x], outputs: [y] });
    await expect(load(model)).rejects.toThrow(/^model\.onnx: ONNX Runtime cannot load this model/);
  });
});

describe('external data', () => {
  const external = (location: string) => {
    const model = tinyClassifier();
    const [weight] = model.graph!.initializer;
    const data = Buffer.from(weight.rawData);
    Object.assign(weight, {
      rawData: new Uint8Array(),
      dataLocation: 1,
      externalData: [{ $typeName: 'onnx.StringStringEntryProto', key: 'location', value: location }],
    });
    return { model, data };
  };

  const valuesIn = (model: ModelProto) =>
    Buffer.from(model.graph!.initializer.find((t) => t.name === 'w1')!.rawData);
  const dataOf = async (model: ModelProto) => valuesIn((await load(model)).model);

  it.each([
    ['./m.data', 'm.data'],
    ['weights/deep/m.data', 'weights/deep/m.data'],
    ['weights/../n.data', 'n.data'],
    ['model.onnx.data', 'model.onnx.data'],
    ['simplified.onnx', 'simplified.onnx'],
  ])('is read at "%s"', async (location, file) => {
    const { model, data } = external(location);
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), data);
    expect((await dataOf(model)).equals(data)).toBe(true);
  });

  it.each(['../weights.bin', 'a/../../b.bin', '/etc/hostname', 'C:/b.bin', 'a\\b.bin', '..', '.', 'a/', ''])(
    'is refused at "%s"',
    async (location) => {
      await expect(load(external(location).model)).rejects.toThrow(
        /^model\.onnx: tensor "w1" keeps its data in ".*": external data must lie beside the model or in a folder below it$/,
      );
    },
  );

  it('is read through links within the root, beside a model that is a link itself', async () => {
    const { model, data } = external('m.onnx_data');
    const cache = join(folder, 'cache');
    mkdirSync(join(cache, 'blobs'), { recursive: true });
    mkdirSync(join(cache, 'snapshots/main'), { recursive: true });
    writeFileSync(join(cache, 'blobs/1'), serializeModel(model));
    writeFileSync(join(cache, 'blobs/2'), data);
    symlinkSync('../../blobs/1', join(cache, 'snapshots/main/m.onnx'));
    symlinkSync('../../blobs/2', join(cache, 'snapshots/main/m.onnx_data'));
    const file = join(cache, 'snapshots/main/m.onnx');
    expect(valuesIn((await readModel(file, 'm.onnx', cache)).model).equals(data)).toBe(true);
    await expect(readModel(file, 'm.onnx', join(cache, 'snapshots'))).rejects.toThrow(
      /^m\.onnx: external data m\.onnx_data is a link out of /,
    );
  });

  it('is read beside what a link to the model leads to where it is not beside the link', async () => {
    const { model, data } = external('store.data');
    mkdirSync(join(folder, 'store'));
    writeFileSync(join(folder, 'store/m.onnx'), serializeModel(model));
    writeFileSync(join(folder, 'store/store.data'), data);
    symlinkSync('store/m.onnx', join(folder, 'linked.onnx'));
    expect(valuesIn((await readModel(join(folder, 'linked.onnx'))).model).equals(data)).toBe(true);
  });

  it.each<[string, () => void, RegExp]>([
    ['a link out of the root', () => symlinkSync('/etc/hostname', join(folder, 'bad.bin')), /external data bad\.bin is a link out of/],
    ['missing', () => {}, /external data bad\.bin does not exist in/],
    ['too short', () => writeFileSync(join(folder, 'bad.bin'), ''), /tensor "w1" reaches beyond the end of its external data bad\.bin/],
    ['a folder', () => mkdirSync(join(folder, 'bad.bin')), /external data bad\.bin is no file/],
    ['a Git LFS pointer', () => writeFileSync(join(folder, 'bad.bin'), 'version https://git-lfs.github.com/spec/v1\noid sha256:1\n'), /external data bad\.bin is a Git LFS pointer/],
  ])('is refused when it is %s', async (_, make, message) => {
    rmSync(join(folder, 'bad.bin'), { recursive: true, force: true });
    make();
    await expect(load(external('bad.bin').model)).rejects.toThrow(message);
  }); // biome-ignore format: a table

  it('is read into attributes and the bodies of If as well', async () => {
    const { dims, dataType } = makeTensor('', random([2, 2, 1, 1]));
    const data = Buffer.from(makeTensor('', random([2, 2, 1, 1], 7)).rawData);
    const constant = (output: string) => {
      const t = Object.assign(makeTensor('', random([1])), {
        dims,
        dataType,
        rawData: new Uint8Array(),
        dataLocation: 1,
      });
      t.externalData.push({
        $typeName: 'onnx.StringStringEntryProto',
        key: 'location',
        value: 'attribute.bin',
      });
      const node = makeNode('Constant', [], [output]);
      node.attribute.push(create(AttributeProtoSchema, { name: 'value', type: 4, t }));
      return node;
    };
    const g = Object.assign(
      makeModel({ nodes: [constant('v'), makeNode('Conv', ['x', 'v'], ['r'])], inputs: [], outputs: [] })
        .graph!,
      { name: 'body', output: [create(ValueInfoProtoSchema, { name: 'r' })] },
    );
    const branch = makeNode('If', ['flag'], ['i']);
    for (const name of ['then_branch', 'else_branch'])
      branch.attribute.push(create(AttributeProtoSchema, { name, type: 5, g }));
    writeFileSync(join(folder, 'attribute.bin'), data);
    const model = await load(
      makeModel({
        nodes: [constant('w'), branch, makeNode('Conv', ['i', 'w'], ['y'])],
        inputs: [x, { name: 'flag', dims: [], type: 'bool' }],
        outputs: [y],
      }),
    );
    expect(Buffer.from(model.view.initializers.get('w')!.rawData).equals(data)).toBe(true);
    const session = await runtime.open(serializeModel(model.model), { optimize: 'none' });
    const flag = { type: 'bool' as const, dims: [], data: Uint8Array.of(1) };
    expect((await session.run({ x: random([1, 2, 6, 6]), flag })).y.dims).toEqual([1, 2, 6, 6]);
    await session.close();
  });

  it('is refused where a tensor reaches beyond its end', async () => {
    const { model, data } = external('cut.bin');
    model.graph!.initializer[0]!.externalData.push({
      $typeName: 'onnx.StringStringEntryProto',
      key: 'length',
      value: String(data.length),
    });
    writeFileSync(join(folder, 'cut.bin'), data.subarray(1));
    await expect(load(model)).rejects.toThrow(
      'model.onnx: tensor "w1" reaches beyond the end of its external data cut.bin: the file is damaged',
    );
  });
});
