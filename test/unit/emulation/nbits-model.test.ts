import { beforeAll, describe, expect, it } from 'vitest';
import { emulatedModel } from '../../../src/emulation/emulated-model.ts';
import { nbitsModel, packedWeight } from '../../../src/emulation/nbits-model.ts';
import { asymmetricGrid, gridParams } from '../../../src/numerics/grid.ts';
import type { ModelProto } from '../../../src/onnx/gen/onnx_pb.ts';
import { makeNode } from '../../../src/onnx/graph.ts';
import { serializeModel } from '../../../src/onnx/model.ts';
import { targetOf } from '../../../src/targets/index.ts';
import { type Loader, loader } from '../../support/load-model.ts';
import { floats, noise, random } from '../../support/models.ts';
import { quantizedBy } from '../../support/quantize.ts';
import { schemeOf } from '../../support/quantized-units.ts';

let load: Loader;
beforeAll(async () => {
  load = await loader();
});

const [ROWS, K] = [7, 72];

/** Two products and one by a Gemm of each orientation; 72 is no multiple of a block. */
const model = (opset: number) =>
  load({
    nodes: [
      makeNode('MatMul', ['x', 'w'], ['a']),
      makeNode('Relu', ['a'], ['r']),
      makeNode('Gemm', ['r', 'g', 'b'], ['c'], { transB: 1 }),
      makeNode('Gemm', ['c', 'h', 'k'], ['d']),
      makeNode('Gemm', ['d', 'f', 'e'], ['y'], { alpha: { f: 0.5 } }),
    ],
    inputs: [{ name: 'x', dims: ['N', K] }],
    outputs: [{ name: 'y', dims: ['N', 3] }],
    constants: {
      w: random([K, 40], 1),
      g: random([21, 40], 2),
      b: random([21], 3),
      h: random([21, 6], 4),
      k: random([6], 5),
      f: random([6, 3], 6),
      e: random([3], 7),
    },
    opset,
  });

async function outputOf(built: ModelProto, x: Float32Array): Promise<Float32Array> {
  const session = await load.runtime.open(serializeModel(built), { optimize: 'integer' });
  const { y } = await session.run({ x: floats([ROWS, K], x) });
  await session.close();
  return y.data as Float32Array;
}

const decibels = (exact: Float32Array, other: Float32Array) => {
  const power = (values: number[]) => values.reduce((sum, v) => sum + v * v, 0);
  return 10 * Math.log10(power([...exact]) / power([...exact].map((v, i) => v - other[i])));
};

describe.each([
  [4, 16],
  [4, 32],
  [4, 128],
  [8, 32],
])('weights of %i bits in blocks of %i', (weightBits, blockSize) => {
  it.each([8, 21])('are computed with by MatMulNBits as in the emulation, opset %i', async (opset) => {
    const target = targetOf('onnxruntime', { blockSize })!;
    const scheme = schemeOf(target, { weightBits, activationBits: 32, blockSize });
    const loaded = await model(opset);
    const quantized = quantizedBy(loaded, scheme, new Map());
    expect(quantized.plan.activations.size).toBe(0);
    expect(quantized.units.map(({ layer }) => layer?.weight?.name)).toEqual(['w', 'g', 'h']);
    expect(quantized.plan.notQuantized).toHaveLength(1);
    const x = noise(ROWS * K, 3);
    const written = nbitsModel(quantized);
    expect(written.graph!.node.filter(({ opType }) => opType === 'MatMulNBits')).toHaveLength(3);
    const emulated = await outputOf(emulatedModel(quantized, 'integer').model, x);
    expect(decibels(emulated, await outputOf(written, x))).toBeGreaterThan(100);
    expect(decibels(await outputOf(loaded.model, x), emulated)).toBeGreaterThan(weightBits === 4 ? 12 : 35);
  });
});

it('codes lie as ONNX Runtime’s own quantizer leaves them', () => {
  // quantize_matmul_4bits of onnxruntime 1.32 on W[k, n] = (k − 20)/8 + n of shape [40, 2], blocks of 16, asymmetric.
  const golden = {
    scales: [0.1666666716337204, 0.125, 0.15833333134651184, 0.125, 0.15833333134651184, 0.22499999403953552],
    zeros: [15, 4, 0, 12, 0, 0],
    packedZeros: [79, 128, 12, 128],
    codes: [
      16, 34, 67, 85, 118, 136, 169, 187, 16, 50, 84, 118, 152, 186, 220, 254, 169, 203, 221, 254, 0, 0, 0, 0,
      16, 50, 84, 118, 152, 186, 220, 254, 67, 101, 118, 152, 169, 203, 221, 254, 203, 220, 237, 254, 0, 0, 0,
      0,
    ],
  };
  const grid = asymmetricGrid(4, false);
  const dims = [40, 2];
  const params = golden.scales.map((scale, part) => gridParams(scale, golden.zeros[part], grid));
  const data = Float32Array.from({ length: 80 }, (_, i) => {
    const [k, n] = [i >> 1, i & 1];
    const part = n * 3 + (k >> 4);
    const { scale, zeroPoint } = params[part];
    const code = Math.min(Math.max(Math.round(((k - 20) / 8 + n) / scale) + zeroPoint, 0), 15);
    return (code - zeroPoint) * scale;
  });
  const packed = packedWeight({ grid, dims, axis: 1, blocks: { axis: 0, size: 16 }, params, data });
  expect([...packed.codes]).toEqual(golden.codes);
  // The upper half of the last byte of a column is of no block.
  expect([...packed.zeroPoints]).toEqual(
    golden.packedZeros.map((byte, i) => (i % 2 === 1 ? byte & 15 : byte)),
  );
});
