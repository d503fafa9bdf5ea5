import { create } from '@bufbuild/protobuf';
import type { Tensor } from '../../../src/numerics/tensor.ts';
import {
  AttributeProtoSchema,
  AttributeProto_AttributeType as AttributeType,
  type NodeProto,
} from '../../../src/onnx/gen/onnx_pb.ts';
import { makeNode } from '../../../src/onnx/graph.ts';
import { floats, type PortSpec, random } from '../../support/models.ts';

const floatList = (name: string, ...values: number[]) =>
  create(AttributeProtoSchema, { name, type: AttributeType.FLOATS, floats: values });
const integers = (...values: number[]): Tensor => ({
  type: 'int64',
  dims: [values.length],
  data: BigInt64Array.from(values, BigInt),
});

/** A node with attributes that `makeNode` does not write. */
export function withLists(node: NodeProto, ...lists: ReturnType<typeof floatList>[]): NodeProto {
  node.attribute.push(...lists);
  return node;
}

/** A graph of an old opset, to be upgraded and run on `x`. */
export interface Case {
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

export const dims = [2, 3, 4, 5];
const infinite = floats([6], [-Infinity, -3, -0, 0.5, 3, Infinity]);
export const one = (op: string, attributes: Parameters<typeof makeNode>[3] = {}, ...inputs: string[]) => [
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

/** One or more for every rule. */
export const cases: readonly Case[] = [
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
