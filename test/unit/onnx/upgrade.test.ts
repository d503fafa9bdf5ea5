import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { create } from '@bufbuild/protobuf';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Tensor } from '../../../src/numerics/tensor.ts';
import {
  AttributeProtoSchema,
  AttributeProto_AttributeType as AttributeType,
  FunctionProtoSchema,
  GraphProtoSchema,
  type NodeProto,
  ValueInfoProtoSchema,
} from '../../../src/onnx/gen/onnx_pb.ts';
import { makeNode } from '../../../src/onnx/graph.ts';
import { serializeModel } from '../../../src/onnx/model.ts';
import { upgradeOpset } from '../../../src/onnx/upgrade.ts';
import { rules } from '../../../src/onnx/upgrade-rules.ts';
import { type Runtime, startRuntime } from '../../../src/runtime/runtime.ts';
import { floats, makeModel, random } from '../../support/models.ts';
import { cases, dims, one, withLists } from './upgrade-cases.ts';

let runtime: Runtime;
beforeAll(async () => {
  runtime = await startRuntime('cpu');
});

const shapeless = create(ValueInfoProtoSchema, {
  name: 'y',
  type: { value: { case: 'tensorType', value: { elemType: 1 } } },
});

async function outputs(bytes: Uint8Array, x: Tensor): Promise<Record<string, Tensor>> {
  const session = await runtime.open(bytes, { optimize: 'none' });
  try {
    return await session.run({ x });
  } finally {
    await session.close();
  }
}

const bits = (t: Tensor) => [
  ...new Uint8Array(t.data.buffer as ArrayBuffer, t.data.byteOffset, t.data.byteLength),
];

async function expectSameBits(before: ReturnType<typeof makeModel>, to: number, x: Tensor) {
  const upgraded = upgradeOpset(before, to);
  if ('obstacle' in upgraded) throw new Error(upgraded.obstacle);
  expect(Number(upgraded.model.opsetImport[0].version)).toBe(to);
  const [old, now] = [
    await outputs(serializeModel(before), x),
    await outputs(serializeModel(upgraded.model), x),
  ];
  for (const [name, tensor] of Object.entries(old)) {
    expect(now[name].dims).toEqual(tensor.dims);
    expect(bits(now[name]), `${name}: ${[...tensor.data]} became ${[...now[name].data]}`).toEqual(
      bits(tensor),
    );
  }
  return upgraded.model;
}

describe('an upgraded graph gives the same bits', () => {
  it.each(cases)(
    '$name: $opset to $to',
    async ({ opset, to, nodes, constants, x = random(dims), outputs, becomes }) => {
      const ports = outputs ?? [{ name: 'y', dims: [] }];
      const model = makeModel({
        nodes,
        inputs: [{ name: 'x', dims: x.dims }],
        outputs: ports,
        constants,
        opset,
        ir: 4,
      });
      // Shapes of outputs are left to the runtime.
      if (outputs === undefined) model.graph!.output = [shapeless];
      const upgraded = await expectSameBits(model, to, x);
      if (becomes !== undefined) expect(upgraded.graph!.node.map((n) => n.opType)).toEqual(becomes);
    },
  );

  it('where the names of what is added are in use', async () => {
    const nodes = [
      makeNode('Clip', ['x'], ['y'], { min: { f: 0.1 } }),
      makeNode('Abs', ['y'], ['y/min']),
      makeNode('Softmax', ['y/min'], ['z'], { axis: 1 }),
      makeNode('Identity', ['z'], ['z/flat']),
    ];
    nodes[3].name = 'z/Reshape';
    const model = makeModel({
      nodes,
      inputs: [{ name: 'x', dims: [2, 3, 4] }],
      outputs: [{ name: 'z/flat', dims: [2, 3, 4] }],
      opset: 9,
    });
    const upgraded = await expectSameBits(model, 21, random([2, 3, 4]));
    const names = upgraded.graph!.node.map((n) => n.name);
    expect(new Set(names).size).toBe(names.length);
  });

  it('in the bodies of If', async () => {
    const body = (value: number) =>
      create(AttributeProtoSchema, {
        name: value > 0 ? 'then_branch' : 'else_branch',
        type: AttributeType.GRAPH,
        g: create(GraphProtoSchema, {
          name: `body${value}`,
          node: [makeNode('Clip', ['x'], [`clipped${value}`], { max: { f: value } }), makeNode('Squeeze', [`clipped${value}`], [`out${value}`], { axes: [0] })],
          output: [create(ValueInfoProtoSchema, { name: `out${value}` })],
        }),
      }); // biome-ignore format: two nodes
    const nodes = [
      makeNode('ReduceMax', ['x'], ['most'], { keepdims: 0 }),
      makeNode('Greater', ['most', 'limit'], ['above']),
      withLists(makeNode('If', ['above'], ['y']), body(0.5), body(-0.5)),
    ];
    const model = makeModel({
      nodes,
      inputs: [{ name: 'x', dims: [1, 4] }],
      outputs: [{ name: 'y', dims: [4] }],
      constants: { limit: floats([], [0]) },
      opset: 9,
    });
    for (const x of [floats([1, 4], [1, 2, -3, 0.1]), floats([1, 4], [-1, -2, -0.1, -9])])
      await expectSameBits(model, 21, x);
  });
});

describe('what cannot be upgraded', () => {
  const obstacle = (opset: number, to: number, nodes: readonly NodeProto[], constants = {}) => {
    const result = upgradeOpset(
      makeModel({
        nodes,
        inputs: [{ name: 'x', dims: [1, 2] }],
        outputs: [{ name: 'y', dims: [1, 2] }],
        constants,
        opset,
      }),
      to,
    );
    return 'obstacle' in result ? result.obstacle : 'none';
  };

  it.each([
    ['BatchNormalization', 7, 13, one('BatchNormalization', { spatial: 0 }, 's', 'b', 'm', 'v'), /spatial = 0/],
    ['BatchNormalization', 13, 21, [makeNode('BatchNormalization', ['x'], ['y', 'mean', 'var'])], /training mode/],
    ['Dropout', 10, 13, [makeNode('Dropout', ['x'], ['d', 'mask']), makeNode('Not', ['mask'], ['y'])], /mask that is read/],
    ['Upsample', 9, 13, one('Upsample', {}, 'x'), /not constant/],
    ['Resize', 11, 13, one('Resize', { coordinate_transformation_mode: 'tf_half_pixel_for_nn' }), /tf_half_pixel_for_nn/],
    ['Clip', 9, 13, [makeNode('Cast', ['x'], ['h'], { to: 10 }), makeNode('Clip', ['h'], ['c']), makeNode('Relu', ['c'], ['y'])], /does not state/],
    ['ImageScaler', 7, 13, one('ImageScaler'), /experimental/],
    ['Scan', 8, 13, one('Scan'), /lengths of sequences/],
    ['GroupNormalization', 18, 21, one('GroupNormalization'), /per channel/],
    ['DFT', 17, 21, one('DFT'), /axis as an input/],
  ] as const)('is named with the reason: %s of opset %i', (op, opset, to, nodes, why) => {
    const text = obstacle(opset, to, nodes);
    expect(text).toMatch(new RegExp(`^${op} ".*" `));
    expect(text).toMatch(why);
  }); // biome-ignore format: a table

  it('is Resize 10 that enlarges and reduces', () => {
    expect(obstacle(10, 13, one('Resize', {}, 's'), { s: floats([2], [2, 0.5]) })).toMatch(/enlarges one/);
  });

  it('is a model with functions of its own', () => {
    const model = makeModel({ nodes: one('Relu'), inputs: [], outputs: [], opset: 10 });
    model.functions.push(create(FunctionProtoSchema, { name: 'f' }));
    expect(upgradeOpset(model, 13)).toEqual({ obstacle: expect.stringContaining('functions') });
  });
});

describe('upgradeOpset', () => {
  it('gives back a model that is new enough, and raises the IR version no further than needed', () => {
    const model = (opset: number, ir: number) =>
      makeModel({ nodes: one('Relu'), inputs: [], outputs: [], opset, ir });
    const newer = model(18, 8);
    expect(upgradeOpset(newer, 13)).toEqual({ model: newer });
    const irOf = (opset: number, ir: number, to: number) => {
      const result = upgradeOpset(model(opset, ir), to);
      return 'model' in result && Number(result.model.irVersion);
    };
    expect([irOf(8, 3, 13), irOf(8, 9, 13), irOf(13, 7, 21)]).toEqual([7, 9, 10]);
  });

  it('has a rule for every operator whose signature changed between opset 7 and 21, or a reason for none', () => {
    const golden = JSON.parse(
      readFileSync(join(import.meta.dirname, 'golden/changed-operators.json'), 'utf8'),
    );
    const signatures: Record<string, number[]> = golden.signature;
    const undecided = Object.entries(signatures).flatMap(([op, versions]) =>
      versions
        .filter((since) => !rules.some((r) => r.operators.includes(op) && r.since === since))
        .map((since) => `${op} ${since}`)
        .filter((change) => !(change in golden.compatible)),
    );
    expect(undecided).toEqual([]);
  });
});
