import { beforeAll, describe, expect, it } from 'vitest';
import { emulatedModel } from '../../../src/emulation/emulated-model.ts';
import { qdqModel } from '../../../src/emulation/qdq-model.ts';
import { readQdq } from '../../../src/formats/qdq-onnx.ts';
import { TensorProto_DataType as DataType, type ModelProto } from '../../../src/onnx/gen/onnx_pb.ts';
import { makeNode } from '../../../src/onnx/graph.ts';
import { opsetOf, parseModel, serializeModel } from '../../../src/onnx/model.ts';
import { planFor } from '../../../src/quantization/plan.ts';
import { targetOf } from '../../../src/targets/index.ts';
import { type Loader, loader } from '../../support/load-model.ts';
import { floats, noise, random } from '../../support/models.ts';
import { chosen, quantizedFor } from '../../support/qdq-round-trip.ts';
import { tensorrtComplaints } from '../../support/tensorrt-rules.ts';

let load: Loader;
beforeAll(async () => {
  load = await loader();
});

const target = targetOf('tensorrt', { precision: 'fp8' })!;
const granularity = 'per-tensor' as const;

/** Convolutions of FP8 in a residual block, and a product. */
const residual = (opset: number) =>
  load({
    nodes: [
      makeNode('Conv', ['x', 'w', 'b'], ['a'], { pads: [1, 1, 1, 1] }),
      makeNode('Relu', ['a'], ['r']),
      makeNode('Conv', ['r', 'v'], ['c']),
      makeNode('Add', ['c', 'x'], ['sum']),
      makeNode('GlobalAveragePool', ['sum'], ['pooled']),
      makeNode('Flatten', ['pooled'], ['flat']),
      makeNode('Gemm', ['flat', 'g', 'k'], ['y'], { transB: 1 }),
    ],
    inputs: [{ name: 'x', dims: [1, 16, 5, 5] }],
    outputs: [{ name: 'y', dims: [1, 5] }],
    constants: {
      w: random([32, 16, 3, 3], 1),
      b: random([32], 2),
      v: random([16, 32, 1, 1], 3),
      g: random([5, 16], 5),
      k: random([5], 6),
    },
    opset,
  });

// ONNX Runtime's extended optimizations change what a Q/DQ model in FP8 computes.
async function outputOf(model: ModelProto, x: Float32Array) {
  const session = await load.runtime.open(serializeModel(model), { optimize: 'none' });
  const { y } = await session.run({ x: floats([1, 16, 5, 5], x) });
  await session.close();
  return y.data as Float32Array;
}

describe.each([8, 13, 21])('a model of opset %i in FP8', (opset) => {
  const written = async (changes = {}) => {
    const quantized = quantizedFor(await residual(opset), 'tensorrt', { target, granularity, ...changes });
    const result = qdqModel(quantized, target.qdq!);
    if ('obstacle' in result) throw new Error(result.obstacle);
    return { quantized, model: parseModel(serializeModel(result.model), 'model.qdq.onnx') };
  };

  it('is written as Q/DQ that the TensorRT parser takes, of opset 19', async () => {
    for (const each of [granularity, 'per-channel'] as const) {
      const { model } = await written({ granularity: each });
      expect(tensorrtComplaints(model, DataType.FLOAT8E4M3FN)).toEqual([]);
      expect(opsetOf(model)).toBe(Math.max(opset, 19));
    }
  });

  it('is read back bit for bit', async () => {
    const { quantized, model } = await written();
    const { tensors, left } = readQdq(model, 'model.qdq.onnx');
    expect(left).toEqual([]);
    expect(tensors.every(({ float, qmin, qmax }) => float === 'e4m3' && qmin === -448 && qmax === 448)).toBe(
      true,
    );
    const kept = tensors.map(({ name, scales, zeroPoints, axis }) => [name, { scales, zeroPoints, axis }]);
    expect(new Map(kept as [string, never][])).toEqual(chosen(quantized.parameters, quantized.plan));
  });

  it('computes in the file what its emulation computes, no layer with integers', async () => {
    const { quantized, model } = await written();
    expect(quantized.integerLayers).toEqual([]);
    const { model: emulated, overflows } = emulatedModel(quantized, 'integer');
    expect(overflows.size).toBe(0);
    const x = Float32Array.from(noise(16 * 25, 7), (v) => 4 * v);
    const [real, own, exact] = [model, emulated, quantized.model.model];
    const [file, ours, fp32] = [await outputOf(real, x), await outputOf(own, x), await outputOf(exact, x)];
    expect(Math.max(...ours.map((value, i) => Math.abs(value - file[i])))).toBeLessThan(1e-4);
    expect(Math.max(...ours.map((value, i) => Math.abs(value - fp32[i])))).toBeGreaterThan(1e-3);
  });
});

describe('TensorRT has no FP8 kernel for', () => {
  const whyOf = async (weight: number[], group = 1) => {
    const model = await load({
      nodes: [makeNode('Conv', ['x', 'w'], ['c'], { group }), makeNode('Conv', ['c', 'v'], ['y'])],
      inputs: [{ name: 'x', dims: [1, weight[1] * group, 9, 9] }],
      outputs: [{ name: 'y', dims: [1, 16, 'H', 'W'] }],
      constants: { w: random(weight, 1), v: random([16, weight[0], 1, 1], 2) },
    });
    const { notQuantized, layers, activations } = planFor(model, target);
    expect(activations.has('x')).toBe(layers.length > 1 || (layers.length === 1 && notQuantized.length > 1));
    return notQuantized.map(({ why }) => why);
  };

  it('a convolution of few channels, one that cannot be padded, and a large kernel', async () => {
    expect(await whyOf([32, 16, 5, 5])).toEqual([]);
    expect(await whyOf([32, 3, 3, 3])).toEqual([
      'TensorRT has no FP8 kernel for a Conv of 3 input channels in a group and 32 output channels',
    ]);
    expect(await whyOf([32, 1, 3, 3], 32)).toHaveLength(1);
    expect(await whyOf([32, 20, 3, 3])).toHaveLength(1);
    expect(await whyOf([32, 16, 7, 7])).toEqual(['TensorRT has no FP8 kernel for a Conv of 49 places']);
  });
});
