import { beforeAll, describe, expect, it } from 'vitest';
import { emulatedModel } from '../../../src/emulation/emulated-model.ts';
import { qdqModel } from '../../../src/emulation/qdq-model.ts';
import type { Tensor } from '../../../src/numerics/tensor.ts';
import type { ModelProto, NodeProto } from '../../../src/onnx/gen/onnx_pb.ts';
import { makeNode } from '../../../src/onnx/graph.ts';
import { serializeModel } from '../../../src/onnx/model.ts';
import { schemeOfFile } from '../../../src/quantization/file-plan.ts';
import { planModel } from '../../../src/quantization/planned.ts';
import { quantize } from '../../../src/quantization/quantized.ts';
import type { LoadedModel } from '../../../src/runtime/load-model.ts';
import { type Chip, targets } from '../../../src/targets/index.ts';
import { type Loader, loader } from '../../support/load-model.ts';
import { floats, makeModel, noise, random } from '../../support/models.ts';
import { schemeOf } from '../../support/quantized-units.ts';
import { batchOf, quantized } from '../attribution/setup.ts';

let load: Loader;
beforeAll(async () => {
  load = await loader();
});

const batch = batchOf(4, [3, 6, 6], 3);

async function outputOf(model: ModelProto): Promise<Float32Array> {
  const session = await load.runtime.open(serializeModel(model), { optimize: 'none' });
  const { y } = await session.run(batch.inputs, ['y']);
  await session.close();
  return y.data as Float32Array;
}

const asInFile = (model: LoadedModel, chip: Chip = 'onnxruntime') =>
  quantize(planModel(model, schemeOfFile(model.file!, targets[chip])), new Map(), new Map());

/** The emulation of a loaded file beside the file itself, as it runs without any optimizer. */
async function beside(given: ModelProto) {
  const model = await load.proto(given);
  const emulated = await outputOf(emulatedModel(asInFile(model), 'float').model);
  const real = await outputOf(given);
  const largest = Math.max(...real.map(Math.abs));
  return { model, apart: Math.max(...real.map((value, i) => Math.abs(value - emulated[i]))) / largest };
}

const scale = (value: number): Tensor => floats([], [value]);
const zero = (type: 'int8' | 'uint8', value: number): Tensor => ({
  type,
  dims: [],
  data: (type === 'int8' ? Int8Array : Uint8Array).of(value),
});
const codes = (dims: readonly number[], seed: number): Tensor => {
  const count = dims.reduce((a, b) => a * b, 1);
  return { type: 'int8', dims, data: Int8Array.from(noise(count, seed), (v) => Math.round(127 * v)) };
};
const grids = {
  s: scale(1 / 64),
  z: zero('uint8', 128),
  t: scale(1 / 16),
  u: zero('int8', 3),
  ws: scale(1 / 200),
  wz: zero('int8', 0),
};
const q = (from: string, to: string, pair: 'first' | 'second' = 'first') =>
  makeNode('QuantizeLinear', pair === 'first' ? [from, 's', 'z'] : [from, 't', 'u'], [to]);
const dq = (from: string, to: string, pair: 'first' | 'second' = 'first') =>
  makeNode('DequantizeLinear', pair === 'first' ? [from, 's', 'z'] : [from, 't', 'u'], [to]);
const weight = makeNode('DequantizeLinear', ['w', 'ws', 'wz'], ['wr']);
const fileOf = (nodes: NodeProto[], constants: Record<string, Tensor> = {}) =>
  makeModel({
    nodes: [weight, ...nodes],
    inputs: [{ name: 'x', dims: ['N', 3, 6, 6] }],
    outputs: [{ name: 'y', dims: ['N', 'C', 'H', 'W'] }],
    constants: { w: codes([3, 3, 3, 3], 7), ...grids, ...constants },
  });

describe('a file that is quantized already', () => {
  const pads = { pads: [1, 1, 1, 1] };
  const files: Record<string, NodeProto[]> = {
    'a pair before a layer': [q('x', 'xq'), dq('xq', 'xr'), makeNode('Conv', ['xr', 'wr'], ['y'])],
    'a pair at the output': [q('x', 'xq'), dq('xq', 'xr'), makeNode('Conv', ['xr', 'wr'], ['c']), q('c', 'cq', 'second'), dq('cq', 'y', 'second')],
    'a tensor that one reader has quantized, and one in float': [
      q('x', 'xq'), dq('xq', 'xr'), makeNode('Conv', ['xr', 'wr'], ['c'], pads), makeNode('Add', ['c', 'x'], ['y']),
    ],
    'an output that is read in float inside': [
      q('x', 'xq'), dq('xq', 'xr'), makeNode('Conv', ['xr', 'wr'], ['c'], pads), makeNode('Tanh', ['c'], ['t1']),
      q('c', 'cq', 'second'), dq('cq', 'cr', 'second'), makeNode('Add', ['cr', 't1'], ['y']),
    ],
    'two grids for one tensor': [
      q('x', 'xq'), dq('xq', 'xr'), q('x', 'xq2', 'second'), dq('xq2', 'xr2', 'second'),
      makeNode('Conv', ['xr', 'wr'], ['c'], pads), makeNode('Mul', ['c', 'xr2'], ['y']),
    ],
    'a pair behind a pair': [
      q('x', 'xq'), dq('xq', 'xr'), q('xr', 'xq2', 'second'), dq('xq2', 'xr2', 'second'), makeNode('Conv', ['xr2', 'wr'], ['y']),
    ],
    'integers that are moved': [
      q('x', 'xq'), makeNode('Transpose', ['xq'], ['xt'], { perm: [0, 1, 3, 2] }), dq('xt', 'xr'), makeNode('Conv', ['xr', 'wr'], ['y']),
    ],
    'integers that are read as such': [
      q('x', 'xq'), dq('xq', 'xr'), makeNode('Cast', ['xq'], ['xf'], { to: 1 }), makeNode('Conv', ['xr', 'wr'], ['c'], pads), makeNode('Add', ['c', 'xf'], ['y']),
    ],
    'one QuantizeLinear for two readers': [
      q('x', 'xq'), dq('xq', 'xr'), dq('xq', 'xs'), makeNode('Conv', ['xr', 'wr'], ['c'], pads), makeNode('Add', ['c', 'xs'], ['y']),
    ],
  }; // biome-ignore format: a table

  it.each(Object.keys(files))('is emulated as it is: %s', async (name) => {
    const { model, apart } = await beside(fileOf(files[name]));
    expect(apart).toBeLessThan(1e-6);
    expect(model.view.graph.node.filter((n) => n.opType === 'DequantizeLinear')).toEqual([]);
    const { layers } = asInFile(model).plan;
    expect(layers).toMatchObject([{ weight: { name: 'w' } }]);
  });

  it('keeps the float weights behind a QuantizeLinear, as QAT has them, with their grid', async () => {
    const constants = { w: random([3, 3, 3, 3], 7) };
    const nodes = [
      q('x', 'xq'),
      dq('xq', 'xr'),
      makeNode('QuantizeLinear', ['w', 'ws', 'wz'], ['wq']),
      makeNode('DequantizeLinear', ['wq', 'ws', 'wz'], ['wr']),
      makeNode('Conv', ['xr', 'wr'], ['y']),
    ];
    const given = makeModel({
      nodes,
      inputs: [{ name: 'x', dims: ['N', 3, 6, 6] }],
      outputs: [{ name: 'y', dims: ['N', 'C', 'H', 'W'] }],
      constants: { ...constants, ...grids },
    });
    const { model, apart } = await beside(given);
    expect(apart).toBeLessThan(1e-6);
    const { parameters } = asInFile(model);
    expect(parameters.weights.get('y/Conv')?.params).toMatchObject([{ scale: Math.fround(1 / 200) }]);
  });

  it('has weights of 4 bits, and channels that a Transpose has moved', async () => {
    const nibbles = {
      dims: [4n, 3n],
      dataType: 22,
      rawData: Uint8Array.of(0x1f, 0x72, 0x8c, 0x35, 0x9a, 0xe6),
    };
    const nodes = [
      makeNode('GlobalAveragePool', ['x'], ['p']),
      makeNode('Flatten', ['p'], ['f']),
      q('f', 'fq'),
      dq('fq', 'fr'),
      makeNode('DequantizeLinear', ['v', 'vs'], ['vr'], { axis: 0 }),
      makeNode('Transpose', ['vr'], ['vt'], { perm: [1, 0] }),
      makeNode('MatMul', ['fr', 'vt'], ['y']),
    ];
    const given = makeModel({
      nodes,
      inputs: [{ name: 'x', dims: ['N', 3, 6, 6] }],
      outputs: [{ name: 'y', dims: ['N', 4] }],
      constants: { ...grids, vs: floats([4], [0.1, 0.2, 0.3, 0.4]) },
      opset: 21,
      ir: 10,
    });
    given.graph!.initializer.push(Object.assign(copyOfFirst(given), { name: 'v', ...nibbles }));
    const { model, apart } = await beside(given);
    expect(apart).toBeLessThan(1e-6);
    expect(asInFile(model).parameters.weights.get('y/MatMul')).toMatchObject({ axis: 1, grid: { bits: 4 } });
  });

  // The weights of rknn's file are for a toolkit that rounds them again.
  it.each(['tensorrt', 'onnxruntime', 'openvino'] as const)(
    'is our own for %s, and read back bit for bit',
    async (chip) => {
      const net = makeModel({
        nodes: [
          makeNode('Conv', ['x', 'w', 'b'], ['c'], { pads: [1, 1, 1, 1] }),
          makeNode('Relu', ['c'], ['r']),
          makeNode('Mul', ['r', 'm'], ['k']),
          makeNode('Conv', ['k', 'v'], ['y']),
        ],
        inputs: [{ name: 'x', dims: ['N', 3, 6, 6] }],
        outputs: [{ name: 'y', dims: ['N', 'C', 'H', 'W'] }],
        constants: {
          w: random([4, 3, 3, 3], 3),
          b: random([4], 4),
          m: random([1, 4, 1, 1], 5),
          v: random([2, 4, 1, 1], 6),
        },
      });
      const first = await quantized(await load.proto(net), load.runtime, batch, { target: targets[chip] });
      const written = qdqModel(first, first.scheme.target.qdq!);
      const again = asInFile(await load.proto('model' in written ? written.model : net), chip);
      for (const [name, { scale: s, zeroPoint }] of first.parameters.activations)
        expect([name, again.parameters.activations.get(name)]).toMatchObject([name, { scale: s, zeroPoint }]);
      for (const [name, { params, data }] of first.parameters.weights) {
        expect(again.parameters.weights.get(name)?.params.map((p) => p.scale)).toEqual(
          params.map((p) => p.scale),
        );
        expect(again.parameters.weights.get(name)?.data).toEqual(data);
      }
      expect(again.units.map(({ name }) => name)).toEqual(first.units.map(({ name }) => name));
      const outputs = [first, again].map((each) => outputOf(emulatedModel(each, 'integer').model));
      const [before, after] = await Promise.all(outputs);
      expect(after).toEqual(before);
    },
  );

  it.each([
    ['weights alone', [makeNode('Conv', ['x', 'wr'], ['y'])]],
    [
      'what no product reads',
      [
        makeNode('Conv', ['x', 'wr'], ['c']),
        q('c', 'cq', 'second'),
        makeNode('Cast', ['cq'], ['y'], { to: 1 }),
      ],
    ],
  ])('is a float model to the chip’s tools where it quantizes %s', async (_, nodes) => {
    const given = fileOf(nodes);
    const model = await load.proto(given);
    expect(model.file).toBeUndefined();
    expect(await outputOf(model.model)).toEqual(await outputOf(given));
    const [layer] = planModel(model, schemeOf(targets.snpe)).plan.layers;
    expect(layer).toMatchObject({ op: 'Conv', activations: ['x'], weight: { name: 'wr' } });
  });

  it('is refused, by the name of the operator, where it computes with integers in another way', async () => {
    const node = makeNode('MatMulInteger', ['a', 'b'], ['y']);
    const inputs = ['a', 'b'].map((name) => ({ name, dims: [2, 2], type: 'uint8' as const }));
    await expect(
      load({ nodes: [node], inputs, outputs: [{ name: 'y', dims: [2, 2], type: 'int32' }] }),
    ).rejects.toThrow(/"y\/MatMulInteger" is MatMulInteger, .*QuantFormat.QDQ/);
  });

  it.each([
    ['a scale that is not positive', { s: scale(0) }, 'has a scale that is not positive'],
    [
      'scales of channels at an activation',
      { s: floats([3], [1, 2, 3]), z: { type: 'uint8' as const, dims: [3], data: new Uint8Array(3) } },
      'has a scale for each channel',
    ],
    [
      'another number of scales than of channels at a weight',
      {
        ws: floats([2], [1 / 200, 1 / 100]),
        wz: { type: 'int8' as const, dims: [2], data: new Int8Array(2) },
      },
      '"w" has 2 scales for 3 channels',
    ],
  ])('is refused with %s', async (_, constants, message) => {
    const nodes = [q('x', 'xq'), dq('xq', 'xr'), makeNode('Conv', ['xr', 'wr'], ['y'])];
    await expect(load.proto(fileOf(nodes, constants))).rejects.toThrow(message);
  });
});

/** A tensor to be filled in. */
function copyOfFirst(model: ModelProto) {
  const [tensor] = model.graph!.initializer;
  return Object.assign(Object.create(Object.getPrototypeOf(tensor)), tensor);
}
