import { beforeAll, describe, expect, it } from 'vitest';
import type { LayerPrecision } from '../../../src/config/target-id.ts';
import { emulatedModel } from '../../../src/emulation/emulated-model.ts';
import { qdqModel } from '../../../src/emulation/qdq-model.ts';
import { type ModelProto, type NodeProto, TensorProto_DataType } from '../../../src/onnx/gen/onnx_pb.ts';
import { makeNode, viewGraph } from '../../../src/onnx/graph.ts';
import { opsetOf, serializeModel } from '../../../src/onnx/model.ts';
import { type Chip, targets } from '../../../src/targets/index.ts';
import { type Loader, loader } from '../../support/load-model.ts';
import { random } from '../../support/models.ts';
import { chosen, kept, quantizedFor, written } from '../../support/qdq-round-trip.ts';
import { tensorrtComplaints } from '../../support/tensorrt-rules.ts';

let load: Loader;
beforeAll(async () => {
  load = await loader();
});

const named = (name: string, node: NodeProto) => Object.assign(node, { name });
const pads = { pads: [1, 1, 1, 1] };

/** Three convolutions, pooling and a Gemm: first → Relu r → middle → Relu s → last t → head y. */
const convolutions = (outputs: readonly string[] = ['y'], opset = 13) =>
  load({
    nodes: [
      named('first', makeNode('Conv', ['x', 'w', 'b'], ['a'], pads)),
      makeNode('Relu', ['a'], ['r']),
      named('middle', makeNode('Conv', ['r', 'v', 'c'], ['m'], pads)),
      makeNode('Relu', ['m'], ['s']),
      named('last', makeNode('Conv', ['s', 'u', 'd'], ['t'], pads)),
      makeNode('GlobalAveragePool', ['t'], ['p']),
      makeNode('Flatten', ['p'], ['f']),
      named('head', makeNode('Gemm', ['f', 'g', 'k'], ['y'], { transB: 1 })),
    ],
    inputs: [{ name: 'x', dims: [1, 3, 8, 8] }],
    outputs: outputs.map((name) => ({ name, dims: name === 'y' ? [1, 5] : [1, 4, 8, 8] })),
    constants: {
      w: random([8, 3, 3, 3], 1),
      b: random([8], 2),
      v: random([8, 8, 3, 3], 3),
      c: random([8], 4),
      u: random([4, 8, 3, 3], 5),
      d: random([4], 6),
      g: random([5, 4], 7),
      k: random([5], 8),
    },
    opset,
  });

async function outputsOf(model: ModelProto, optimize: 'float' | 'integer') {
  const session = await load.runtime.open(serializeModel(model), { optimize });
  const outputs = Object.entries(await session.run({ x: random([1, 3, 8, 8], 11) }));
  await session.close();
  return Object.fromEntries(outputs.map(([name, { data }]) => [name, [...(data as Float32Array)]]));
}

/** Types of the integers between each QuantizeLinear and DequantizeLinear of a file, by what is quantized. */
function typesOf(model: ModelProto): Map<string, string> {
  const { graph, initializers } = viewGraph(model);
  const quantizers = graph.node.filter(({ opType }) => opType === 'QuantizeLinear');
  return new Map(
    quantizers.map(({ input }) => [input[0], TensorProto_DataType[initializers.get(input[2])!.dataType]]),
  );
}

const mixed: [layers: Record<string, LayerPrecision>, opset: number][] = [
  [{ middle: { activationBits: 16 } }, 21],
  [{ middle: { activationBits: 12 } }, 21],
  [{ middle: { weightBits: 16 } }, 21],
  [{ middle: { activationBits: 16, weightBits: 16 } }, 21],
  [{ middle: { weightBits: 4 } }, 13],
  [{ 'p/GlobalAveragePool': { activationBits: 16 } }, 21],
  [{ head: { activationBits: 16 }, 'output y': { activationBits: 16 } }, 21],
];

describe.each(mixed)('the int8 kernels of ONNX Runtime on a file with %j', (layers, opset) => {
  it.each([{ from: 11 }, { from: 22 }])(
    'give what the emulation gives, from opset $from',
    async ({ from }) => {
      const original = await convolutions(['y', 't'], from);
      const { quantized, parameters, plan, model } = written(
        original,
        'onnxruntime',
        {},
        undefined,
        {},
        layers,
      );
      expect(opsetOf(model)).toBe(Math.max(opset, from));
      expect(kept(model)).toEqual(chosen(parameters, plan));
      const kernels = await outputsOf(model, 'integer');
      const emulated = await outputsOf(emulatedModel(quantized, 'integer').model, 'float');
      for (const name of ['y', 't']) {
        const step = parameters.activations.get(name)!.scale;
        kernels[name].forEach((value, i) => {
          expect(Math.abs(value - emulated[name][i])).toBeLessThanOrEqual(1.001 * step);
        });
      }
    },
  );
});

describe('a file with a layer of 16 bits', () => {
  it('has 16-bit Q/DQ around what that layer reads alone', async () => {
    const { model } = written(await convolutions(), 'onnxruntime', {}, undefined, undefined, {
      middle: { activationBits: 16 },
    });
    const types = typesOf(model);
    expect(types.get('r')).toBe('UINT16');
    for (const name of ['x', 's', 't', 'f']) expect(types.get(name)).toBe('UINT8');
    const weights = model.graph!.initializer.filter(({ name }) => ['w', 'v', 'u', 'g'].includes(name));
    expect(weights.map(({ dataType }) => TensorProto_DataType[dataType])).toEqual(Array(4).fill('INT8'));
  });

  it('is not written where the importer takes 8 bits', async () => {
    const wide = quantizedFor(await convolutions(), 'rknn', {}, {}, { middle: { activationBits: 16 } });
    expect(qdqModel(wide, targets.rknn.qdq!)).toEqual({
      obstacle: 'Rockchip NPU / RKNN takes at most 8 bits, not 16',
    });
  });
});

describe('a file with a layer in floating point', () => {
  const float = { middle: { float: true } };

  it.each<Chip>(['tensorrt', 'openvino'])('has nothing quantized around it: %s', async (chip) => {
    const original = await convolutions(['y', 't']);
    const { quantized, model } = written(original, chip, {}, undefined, undefined, float);
    const { graph, producers, uses } = viewGraph(model);
    const node = graph.node.find(({ name }) => name === 'middle')!;
    expect(node.input).toEqual(['r', 'v', 'c']);
    expect([producers.get('r')!.opType, uses.get('r')!.length]).toEqual(['Relu', 1]);
    expect(model.graph!.initializer.find(({ name }) => name === 'v')!.dataType).toBe(
      TensorProto_DataType.FLOAT,
    );
    expect([...typesOf(model).keys()]).toEqual(['x', 's', 'f']);
    if (chip === 'tensorrt')
      expect(tensorrtComplaints(model)).toEqual([
        'Conv middle: reads "r" without Q/DQ',
        'Conv middle: reads "v" without Q/DQ',
      ]);
    const [kernels, emulated] = [
      await outputsOf(model, 'integer'),
      await outputsOf(emulatedModel(quantized, 'integer').model, 'float'),
    ];
    for (const name of ['y', 't'])
      kernels[name].forEach((value, i) => {
        expect(value).toBeCloseTo(emulated[name][i], 4);
      });
  });

  it.each<Chip>(['tensorrt', 'cambricon', 'ncnn', 'ascend', 'openvino', 'rknn'])(
    'computes with the weights and the inputs that it has: %s',
    async (chip) => {
      const all = Object.fromEntries(['middle', 'last', 'head'].map((name) => [name, { float: true }]));
      const original = await convolutions(['y', 't']);
      const exact = await outputsOf(original.model, 'float');
      const far = (outputs: Awaited<ReturnType<typeof outputsOf>>) =>
        Math.max(...outputs.t.map((value, i) => Math.abs(value - exact.t[i])));
      const errorOf = async (layers: Record<string, LayerPrecision>) => {
        const quantized = quantizedFor(original, chip, { weightBits: 4 }, {}, layers);
        return far(await outputsOf(emulatedModel(quantized, 'integer').model, 'float'));
      };
      const rest = await errorOf(all);
      expect(rest).toBeGreaterThan(0);
      expect(rest).toBeLessThan((await errorOf({})) / 2);
    },
  );
});

it('a map of features that leaves the model and is pooled opens, whatever ONNX Runtime rewrites', async () => {
  const quantized = quantizedFor(await convolutions(['y', 't']), 'onnxruntime');
  const { model } = emulatedModel(quantized, 'integer');
  expect(Object.keys(await outputsOf(model, 'float')).sort()).toEqual(['t', 'y']);
});
