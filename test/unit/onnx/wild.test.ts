import { mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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
import { stageModel } from '../../../src/onnx/staging.ts';
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
  const staged = await stageModel(join(folder, 'model.onnx'));
  try {
    return await loadModel(staged, 'model.onnx', runtime);
  } finally {
    await staged.remove();
  }
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

  it('is staged alone in an empty directory, read, and removed', async () => {
    const { model, data } = external('weights.bin');
    writeFileSync(join(folder, 'weights.bin'), data);
    writeFileSync(join(folder, 'model.onnx'), serializeModel(model));
    const staged = await stageModel(join(folder, 'model.onnx'));
    expect(readdirSync(staged.folder).sort()).toEqual(['model.onnx', 'weights.bin']);
    await staged.remove();
    const loaded = await load(model);
    expect(
      Buffer.from(loaded.model.graph!.initializer.find((t) => t.name === 'w1')!.rawData).equals(data),
    ).toBe(true);
  });

  it.each(['../weights.bin', '/etc/hostname', 'a/b.bin', '..', '', 'model.onnx'])(
    'is refused at "%s"',
    async (location) => {
      await expect(load(external(location).model)).rejects.toThrow(
        /must be a plain file name beside the model/,
      );
    },
  );

  it('is refused when it is a link, missing, or too short', async () => {
    symlinkSync('/etc/hostname', join(folder, 'link.bin'));
    await expect(load(external('link.bin').model)).rejects.toThrow(/is a link/);
    await expect(load(external('gone.bin').model)).rejects.toThrow(/not beside the model/);
    writeFileSync(join(folder, 'short.bin'), 'abc');
    await expect(load(external('short.bin').model)).rejects.toThrow(/short\.bin|cannot load|beyond/);
  });
});
