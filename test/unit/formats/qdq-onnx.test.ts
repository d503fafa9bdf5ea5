import { describe, expect, it } from 'vitest';
import { readQdq } from '../../../src/formats/qdq-onnx.ts';
import type { Tensor } from '../../../src/numerics/tensor.ts';
import { type NodeProto, TensorProto_DataLocation } from '../../../src/onnx/gen/onnx_pb.ts';
import { inDomain, makeNode } from '../../../src/onnx/graph.ts';
import { floats, makeModel, random } from '../../support/models.ts';

const integers = (
  type: 'int8' | 'uint8' | 'int16' | 'int32',
  dims: number[],
  ...values: number[]
): Tensor => {
  const Values = { int8: Int8Array, uint8: Uint8Array, int16: Int16Array, int32: Int32Array }[type];
  return { type, dims, data: Values.from(values) };
};

/** A graph as others write it: Q/DQ in a domain of choice around what a test adds. */
function modelOf(nodes: readonly NodeProto[], constants: Record<string, Tensor>, opset = 13) {
  return makeModel({
    nodes,
    inputs: [{ name: 'x', dims: [2, 3] }],
    outputs: [{ name: 'y', dims: [2, 3] }],
    constants,
    opset,
  });
}

const pair = (from: string, to: string, domain = '', attributes = {}, zero = 'z') => [
  inDomain(domain, makeNode('QuantizeLinear', [from, 's', zero], [`${to}_q`], attributes)),
  inDomain(domain, makeNode('DequantizeLinear', [`${to}_q`, 's', zero], [to], attributes)),
];

const read = (nodes: readonly NodeProto[], constants: Record<string, Tensor>, opset?: number) =>
  readQdq(modelOf(nodes, constants, opset), 'm.onnx');

describe('a model with explicit quantization', () => {
  it.each([
    ['', 10],
    ['', 21],
    ['ai.onnx', 13],
    ['com.microsoft', 8],
  ])('is read in domain "%s" at opset %i', (domain, opset) => {
    const constants = { s: floats([], [0.5]), z: integers('uint8', [], 3), w: integers('int8', [2], 5, -5) };
    const weight = inDomain(domain, makeNode('DequantizeLinear', ['w', 's'], ['wd']));
    const nodes = [...pair('x', 'xd', domain), weight, makeNode('Mul', ['xd', 'wd'], ['y'])];
    const common = { bits: 8, axis: null, scales: [0.5] };
    expect(read(nodes, constants, opset)).toEqual({
      tensors: [
        { ...common, name: 'x', kind: 'activation', symmetric: false, qmin: 0, qmax: 255, zeroPoints: [3] },
        { ...common, name: 'w', kind: 'weight', symmetric: true, qmin: -128, qmax: 127, zeroPoints: [0] },
      ],
      left: [],
    });
  });

  it('gives an activation the name of the graph output that it became', () => {
    const constants = { s: floats([], [0.5]), z: integers('int8', [], 0) };
    const { tensors } = read([makeNode('Relu', ['x'], ['y_float']), ...pair('y_float', 'y')], constants);
    expect(tensors.map((t) => t.name)).toEqual(['y']);
  });

  it('gives weights that are quantized in the graph, per channel and from the last axis', () => {
    const constants = {
      w: random([3, 2]),
      s: floats([2], [0.5, 0.25]),
      z: integers('int8', [2], 0, 0),
    };
    const nodes = [...pair('w', 'wd', '', { axis: -1 }), makeNode('MatMul', ['x', 'wd'], ['y'])];
    expect(read(nodes, constants).tensors).toMatchObject([
      { name: 'w', kind: 'weight', axis: 1, scales: [0.5, 0.25], zeroPoints: [0, 0] },
    ]);
  });

  it('takes uint8 where no zero point tells the type, as ONNX says', () => {
    const nodes = [
      makeNode('QuantizeLinear', ['x', 's'], ['q']),
      makeNode('DequantizeLinear', ['q', 's'], ['d']),
      makeNode('Relu', ['d'], ['y']),
    ];
    const { tensors } = read(nodes, { s: floats([1], [2]) });
    expect(tensors).toMatchObject([{ name: 'x', qmin: 0, qmax: 255, zeroPoints: [0], symmetric: false }]);
  });

  it('reads a tensor that is quantized for each of its readers once', () => {
    const constants = { s: floats([], [0.5]), z: integers('int8', [], 0) };
    const nodes = [...pair('x', 'a'), ...pair('x', 'b'), makeNode('Add', ['a', 'b'], ['y'])];
    const { tensors, left } = read(nodes, constants);
    expect([tensors.length, left]).toEqual([1, []]);
  });

  it('keeps a Clip of the user’s out of the grid', () => {
    const constants = {
      s: floats([], [0.5]),
      z: integers('int8', [], 0),
      lo: floats([], [0]),
      hi: floats([], [6]),
    };
    const nodes = [
      makeNode('Clip', ['x', 'lo', 'hi'], ['c']),
      ...pair('c', 'd'),
      makeNode('Relu', ['d'], ['y']),
    ];
    expect(read(nodes, constants).tensors).toMatchObject([{ name: 'c', bits: 8, qmin: -128, qmax: 127 }]);
  });
});

describe('what the parameters cannot express is left out with a reason', () => {
  const z = integers('int8', [], 0);
  const relu = makeNode('Relu', ['d'], ['y']);
  const per = { s: floats([2], [1, 2]), z: integers('int8', [2], 0, 0) };
  it.each<[string, NodeProto[], Record<string, Tensor>, RegExp]>([
    ['a scale that is computed', [makeNode('Abs', ['t'], ['s']), ...pair('x', 'd'), relu], { t: floats([], [1]), z }, /no constant/],
    ['a scale of zero', [...pair('x', 'd'), relu], { s: floats([], [0]), z }, /scale 0 is not a positive/],
    ['a scale that is NaN', [...pair('x', 'd'), relu], { s: floats([], [Number.NaN]), z }, /not a positive/],
    ['scales per block', [...pair('x', 'd', '', { block_size: 2 }), relu], { s: floats([], [1]), z }, /per block/],
    ['fewer zero points than scales', [...pair('x', 'd'), relu], { s: floats([2], [1, 2]), z: integers('int8', [1], 0) }, /2 scales and 1 zero/],
    ['scales for other channels', [...pair('x', 'd', '', { axis: 1 }), relu], per, /2 scales for 3 channels/],
    ['an axis that is not there', [...pair('x', 'd', '', { axis: 7 }), relu], per, /no dimension 7/],
    ['integers of 32 bits', [...pair('x', 'd'), relu], { s: floats([], [1]), z: integers('int32', [], 0) }, /type other than/],
    ['a bias', [makeNode('DequantizeLinear', ['b', 's'], ['d']), relu], { s: floats([], [1]), b: integers('int32', [1], 7) }, /bias/],
    ['integers from elsewhere', [makeNode('Cast', ['x'], ['i'], { to: 3 }), makeNode('DequantizeLinear', ['i', 's', 'z'], ['d']), relu], { s: floats([], [1]), z }, /no QuantizeLinear/],
  ])('%s', (_, nodes, constants, why) => {
    const { tensors, left } = read(nodes, constants);
    expect(tensors).toEqual([]);
    expect(left).toMatchObject([{ why: expect.stringMatching(why) }]);
  }); // biome-ignore format: a table

  it('external data, and a second quantization that differs', () => {
    const constants = { s: floats([], [1]), t: floats([], [2]), z };
    const again = makeNode('QuantizeLinear', ['x', 't', 'z'], ['e_q']);
    const model = modelOf([...pair('x', 'd'), again, relu], constants);
    expect(readQdq(model, 'm').left).toEqual([{ name: 'x', why: expect.stringContaining('once more') }]);
    model.graph!.initializer[0].dataLocation = TensorProto_DataLocation.EXTERNAL;
    expect(readQdq(model, 'm').left[0].why).toContain('external data');
  });

  it('nothing, in a model without Q/DQ', () => {
    expect(read([makeNode('Relu', ['x'], ['y'])], {})).toEqual({ tensors: [], left: [] });
  });
});
