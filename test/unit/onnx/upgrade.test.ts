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
import { floats, makeModel, type PortSpec, random } from '../../support/models.ts';

let runtime: Runtime;
beforeAll(async () => {
  runtime = await startRuntime('cpu');
});

const floatList = (name: string, ...values: number[]) =>
  create(AttributeProtoSchema, { name, type: AttributeType.FLOATS, floats: values });
const integers = (...values: number[]): Tensor => ({
  type: 'int64',
  dims: [values.length],
  data: BigInt64Array.from(values, BigInt),
});

/** A node with attributes that `makeNode` does not write. */
function withLists(node: NodeProto, ...lists: ReturnType<typeof floatList>[]): NodeProto {
  node.attribute.push(...lists);
  return node;
}

interface Case {
  readonly name: string;
  readonly opset: number;
  readonly to: number;
  readonly nodes: readonly NodeProto[];
  readonly constants?: Readonly<Record<string, Tensor>>;
  readonly x?: Tensor;
  readonly outputs?: readonly PortSpec[];
  /** What an operator of the new version leaves of the old graph. */
  readonly becomes?: readonly string[];
}

const dims = [2, 3, 4, 5];
const infinite = floats([6], [-Infinity, -3, -0, 0.5, 3, Infinity]);
const one = (op: string, attributes: Parameters<typeof makeNode>[3] = {}, ...inputs: string[]) => [
  makeNode(op, ['x', ...inputs], ['y'], attributes),
];
const scaled = (op: string, mode: string, ...scales: number[]) => [
  withLists(makeNode(op, ['x'], ['y'], { mode }), floatList('scales', ...scales)),
];
const reductions = [
  'ReduceL1', 'ReduceL2', 'ReduceLogSum', 'ReduceLogSumExp', 'ReduceMax', 'ReduceMean', 'ReduceMin', 'ReduceProd',
  'ReduceSumSquare',
]; // biome-ignore format: a list
const positive = floats(
  dims,
  (random(dims).data as Float32Array).map((v) => Math.abs(v) + 0.1),
);
const batchNorm = { s: random([3], 2), b: random([3], 3), m: random([3], 4), v: floats([3], [1, 2, 3]) };

const cases: readonly Case[] = [
  { name: 'Clip with both bounds', opset: 10, to: 13, nodes: one('Clip', { min: { f: -0.3 }, max: { f: 0.4 } }) },
  { name: 'Clip with one bound', opset: 7, to: 13, nodes: one('Clip', { min: { f: 0 } }), x: infinite },
  { name: 'Clip without bounds', opset: 7, to: 13, nodes: one('Clip'), x: infinite },
  { name: 'Pad with a value', opset: 10, to: 13, nodes: one('Pad', { pads: [0, 0, 1, 0, 0, 0, 2, 1], value: { f: 1.5 } }) },
  { name: 'Pad by reflection', opset: 8, to: 13, nodes: one('Pad', { pads: [0, 0, 1, 0, 0, 0, 2, 1], mode: 'reflect' }) },
  { name: 'Slice with axes', opset: 9, to: 13, nodes: one('Slice', { starts: [1, -3], ends: [1000, -1], axes: [1, 3] }) },
  { name: 'Slice without axes', opset: 7, to: 13, nodes: one('Slice', { starts: [1, 0], ends: [2, 2] }) },
  { name: 'TopK', opset: 9, to: 13, nodes: [makeNode('TopK', ['x'], ['y', 'i'], { k: 2, axis: 2 })],
    x: floats([1, 1, 5], [1, 3, 3, 2, 3]), outputs: [{ name: 'y', dims: ['a', 'b', 'c'] }, { name: 'i', dims: ['a', 'b', 'c'], type: 'int64' }] },
  { name: 'Upsample 7, nearest', opset: 7, to: 13, nodes: scaled('Upsample', 'nearest', 1, 1, 2, 1.7), becomes: ['Resize'] },
  { name: 'Upsample 7, linear', opset: 8, to: 13, nodes: scaled('Upsample', 'linear', 1, 1, 2, 1.5), becomes: ['Resize'] },
  { name: 'Upsample 9, nearest', opset: 9, to: 13, nodes: one('Upsample', { mode: 'nearest' }, 's'), constants: { s: floats([4], [1, 1, 3, 2]) }, becomes: ['Resize'] },
  { name: 'Resize 10, nearest, larger', opset: 10, to: 13, nodes: one('Resize', {}, 's'), constants: { s: floats([4], [1, 1, 2.3, 3]) } },
  { name: 'Resize 10, nearest, smaller', opset: 10, to: 13, nodes: one('Resize', {}, 's'), constants: { s: floats([4], [1, 1, 0.6, 0.5]) } },
  { name: 'Resize 10, linear, both', opset: 10, to: 13, nodes: one('Resize', { mode: 'linear' }, 's'), constants: { s: floats([4], [1, 1, 0.6, 2]) } },
  { name: 'Resize 11 with empty inputs', opset: 11, to: 13, nodes: one('Resize', { mode: 'linear', coordinate_transformation_mode: 'align_corners' }, 'e', 'e', 'z'),
    constants: { e: floats([0], []), z: integers(2, 3, 7, 9) } },
  { name: 'Scatter', opset: 9, to: 13, nodes: one('Scatter', { axis: 0 }, 'i', 'u'), x: random([4, 2]),
    constants: { i: { type: 'int64', dims: [1, 2], data: BigInt64Array.of(2n, 0n) }, u: random([1, 2], 5) }, becomes: ['ScatterElements'] },
  { name: 'Dropout 7', opset: 7, to: 13, nodes: one('Dropout', { ratio: { f: 0.9 } }) },
  { name: 'Dropout 10 with a mask that nobody reads', opset: 10, to: 13, nodes: [makeNode('Dropout', ['x'], ['y', 'mask'], { ratio: { f: 0.9 } })] },
  { name: 'BatchNormalization', opset: 8, to: 15, nodes: one('BatchNormalization', { spatial: 1 }, 's', 'b', 'm', 'v'), constants: batchNorm },
  ...(['Softmax', 'LogSoftmax', 'Hardmax'] as const).flatMap((op): Case[] => [
    { name: `${op} over the last axis`, opset: 12, to: 13, nodes: one(op, { axis: 3 }), becomes: [op] },
    { name: `${op} of a matrix, axis by default`, opset: 7, to: 13, nodes: one(op), x: random([4, 6]), becomes: [op] },
    { name: `${op} over flattened axes`, opset: 11, to: 13, nodes: one(op), becomes: ['Shape', 'Flatten', op, 'Reshape'] },
    { name: `${op} over a negative axis`, opset: 11, to: 13, nodes: one(op, { axis: -2 }), becomes: ['Shape', 'Flatten', op, 'Reshape'] },
  ]),
  { name: 'Squeeze', opset: 11, to: 13, nodes: one('Squeeze', { axes: [0, 2] }), x: random([1, 3, 1, 4]) },
  { name: 'Squeeze without axes', opset: 7, to: 13, nodes: one('Squeeze'), x: random([1, 3, 1, 4]) },
  { name: 'Unsqueeze', opset: 12, to: 13, nodes: one('Unsqueeze', { axes: [0, -1] }) },
  { name: 'ReduceSum', opset: 11, to: 13, nodes: one('ReduceSum', { axes: [1, 2], keepdims: 0 }) },
  { name: 'ReduceSum over everything', opset: 7, to: 18, nodes: one('ReduceSum') },
  { name: 'Split by lengths', opset: 7, to: 18, nodes: [makeNode('Split', ['x'], ['y', 'z'], { axis: 3, split: [2, 3] })], outputs: [{ name: 'y', dims: [2, 3, 4, 2] }, { name: 'z', dims: [2, 3, 4, 3] }] },
  { name: 'Split into equal parts', opset: 11, to: 18, nodes: [makeNode('Split', ['x'], ['y', 'z'], { axis: 2 })], outputs: [{ name: 'y', dims: [2, 3, 2, 5] }, { name: 'z', dims: [2, 3, 2, 5] }] },
  ...reductions.flatMap((op): Case[] => [
    { name: op, opset: 13, to: 21, nodes: one(op, { axes: [2, 3] }), x: positive },
    { name: `${op} over everything`, opset: 11, to: 21, nodes: one(op, { keepdims: 0 }), x: positive },
  ]),
  { name: 'RoiAlign', opset: 13, to: 21, nodes: one('RoiAlign', { output_height: 2, output_width: 2 }, 'r', 'i'), constants: { r: floats([1, 4], [0.3, 0.2, 3.4, 2.9]), i: integers(1) } },
  { name: 'GridSample', opset: 16, to: 21, nodes: one('GridSample', { mode: 'bicubic' }, 'g'), constants: { g: random([2, 2, 2, 2], 7) } },
  { name: 'GridSample by default', opset: 16, to: 21, nodes: one('GridSample', {}, 'g'), constants: { g: random([2, 2, 2, 2], 7) } },
]; // biome-ignore format: a table

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
