import { beforeAll, describe, expect, it } from 'vitest';
import { localErrors } from '../../../src/attribution/local/local-errors.ts';
import type { Tensor } from '../../../src/numerics/tensor.ts';
import { makeNode } from '../../../src/onnx/graph.ts';
import { readTensor } from '../../../src/onnx/tensors.ts';
import { schemeOfFile } from '../../../src/quantization/file-plan.ts';
import { planModel } from '../../../src/quantization/planned.ts';
import { quantize } from '../../../src/quantization/quantized.ts';
import { withReferenceWeights } from '../../../src/quantization/reference-weights.ts';
import { targets } from '../../../src/targets/index.ts';
import { type Loader, loader } from '../../support/load-model.ts';
import { floats, noise } from '../../support/models.ts';
import { batchOf } from '../attribution/setup.ts';

let load: Loader;
beforeAll(async () => {
  load = await loader();
});

const [IN, OUT] = [6, 4];
const STEP = 1 / 20;
const scalar = (value: number) => floats([], [value]);
const layer = (weight: string) => {
  const node = makeNode('MatMul', ['x', weight], ['y']);
  node.name = 'fc';
  return node;
};
const ports = { inputs: [{ name: 'x', dims: ['N', IN] }], outputs: [{ name: 'y', dims: ['N', OUT] }] };

const reference = (weights: Float32Array) =>
  load({ nodes: [layer('weight')], ...ports, constants: { weight: floats([IN, OUT], weights) } });

/** The same layer with integer weights under a name of the tool's. */
const file = (codes: Int8Array) => {
  const w: Tensor = { type: 'int8', dims: [IN, OUT], data: codes };
  return load({
    nodes: [
      makeNode('QuantizeLinear', ['x', 's', 'z'], ['xq']),
      makeNode('DequantizeLinear', ['xq', 's', 'z'], ['xr']),
      makeNode('DequantizeLinear', ['weight_quantized', 'ws', 'wz'], ['wr']),
      { ...layer('wr'), input: ['xr', 'wr'] },
    ],
    ...ports,
    constants: {
      s: scalar(1 / 64),
      z: { type: 'uint8', dims: [], data: Uint8Array.of(128) },
      ws: scalar(STEP),
      wz: { type: 'int8', dims: [], data: Int8Array.of(0) },
      weight_quantized: w,
    },
  });
};

const weights = noise(IN * OUT, 5);
const rounded = (round: (x: number) => number, values = weights) =>
  Int8Array.from(values, (w) => round(w / STEP));

async function compared(codes: Int8Array, fp32Weights: Float32Array) {
  const model = await file(codes);
  const quantized = quantize(
    planModel(model, schemeOfFile(model.file!, targets.onnxruntime)),
    new Map(),
    new Map(),
  );
  const with32 = withReferenceWeights(quantized, await reference(fp32Weights));
  const valuesOf = (q: typeof quantized) =>
    Array.from(readTensor(q.model.view.initializers.get('weight_quantized')!, '').data, Number);
  return { quantized, with32, isTaken: with32 !== quantized, values: valuesOf(with32) };
}

describe('the FP32 weights of a quantized file', () => {
  it.each([
    ['to nearest', Math.round],
    ['up', Math.ceil],
    ['down', Math.floor],
  ])('are those of the reference where the file has them rounded %s', async (_, round) => {
    const { isTaken, values } = await compared(rounded(round), weights);
    expect(isTaken).toBe(true);
    expect(values).toEqual([...weights]);
  });

  it('are its own where it was trained, equalized or folded since', async () => {
    const trained = weights.map((w, i) => (i === 3 ? w + 3 * STEP : w));
    expect((await compared(rounded(Math.round, trained), weights)).isTaken).toBe(false);
  });

  it('say what its integers lost', async () => {
    const { quantized, with32 } = await compared(rounded(Math.round), weights);
    const lossOf = async (q: typeof quantized) =>
      (await localErrors(q, [q.units], [batchOf(16, [IN])], { runtime: load.runtime })).get('fc')!.shares!
        .weightRound;
    expect(await lossOf(quantized)).toBe(0);
    expect(await lossOf(with32)).toBeGreaterThan(0.5);
  });

  it('leave what is emulated as it is', async () => {
    const { quantized, with32 } = await compared(rounded(Math.ceil), weights);
    expect(with32.parameters).toBe(quantized.parameters);
    expect(with32.integerLayers).toBe(quantized.integerLayers);
  });
});
