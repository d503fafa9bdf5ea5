import { beforeAll, describe, expect, it } from 'vitest';
import { emulatedModel } from '../../../src/emulation/emulated-model.ts';
import { qdqModel } from '../../../src/emulation/qdq-model.ts';
import { round } from '../../../src/numerics/rounding.ts';
import { makeNode } from '../../../src/onnx/graph.ts';
import { serializeModel } from '../../../src/onnx/model.ts';
import type { Scheme } from '../../../src/quantization/scheme.ts';
import type { LoadedModel } from '../../../src/runtime/load-model.ts';
import { targets } from '../../../src/targets/index.ts';
import { hexagonNn } from '../../support/hexagon-nn.ts';
import { histogramsOf } from '../../support/histograms.ts';
import { type Loader, loader } from '../../support/load-model.ts';
import { floats, noise, random } from '../../support/models.ts';
import { quantizedBy } from '../../support/quantize.ts';

let load: Loader;
beforeAll(async () => {
  load = await loader();
});

const [ROWS, IN, OUT] = [64, 8, 5];
const linear = (opset: number) =>
  load({
    nodes: [makeNode('MatMul', ['x', 'w'], ['y'])],
    inputs: [{ name: 'x', dims: ['N', IN] }],
    outputs: [{ name: 'y', dims: ['N', OUT] }],
    constants: { w: random([IN, OUT], 9) },
    opset,
  });

async function outputOf(
  bytes: Uint8Array,
  optimize: 'float' | 'integer',
  x: Float32Array,
  width = IN,
): Promise<Float32Array> {
  const session = await load.runtime.open(bytes, { optimize });
  const { y } = await session.run({ x: floats([x.length / width, width], x) });
  await session.close();
  return y.data as Float32Array;
}

async function emulate(model: LoadedModel, scheme: Scheme, x: Float32Array, y: Float32Array) {
  const quantized = quantizedBy(model, scheme, histogramsOf({ x, y }));
  return {
    parameters: quantized.parameters,
    output: await outputOf(serializeModel(emulatedModel(quantized, 'integer').model), 'float', x),
  };
}

/** Quantize and dequantize by the definition, in float64. */
function onGrid(
  value: number,
  scale: number,
  zero: number,
  qmin: number,
  qmax: number,
  rounding: Scheme['target']['rounding'],
): number {
  const q = round(Math.fround(value / scale), rounding) + zero;
  return (Math.min(Math.max(q, qmin), qmax) - zero) * scale;
}

const product = (x: ArrayLike<number>, w: ArrayLike<number>) =>
  Float32Array.from({ length: ROWS * OUT }, (_, i) => {
    let sum = 0;
    for (let k = 0; k < IN; k++) sum += x[Math.floor(i / OUT) * IN + k] * w[k * OUT + (i % OUT)];
    return sum;
  });

const cases = Object.values({ ...targets, snpe: hexagonNn }).flatMap((target) =>
  (['per-tensor', 'per-channel'] as const).flatMap((granularity) =>
    [4, 8, 16].map((bits) => ({
      name: `${target.chip} ${granularity} ${bits} bits`,
      target,
      granularity,
      bits,
    })),
  ),
);

describe.each([7, 13])('an emulated matrix product of opset %i', (opset) => {
  it.each(cases)('is the product of values on the grid: $name', async ({ target, granularity, bits }) => {
    const x = noise(ROWS * IN, 7);
    const w = noise(IN * OUT, 9);
    const scheme: Scheme = { target, granularity, weightBits: bits, activationBits: bits, range: 'min-max' };
    const exact = product(x, w);
    const { parameters, output } = await emulate(await linear(opset), scheme, x, exact);
    const { rounding } = target;
    const grid = [...parameters.activations.values()][0].grid;
    const input = parameters.activations.get('x')!;
    const xq = x.map((v) => onGrid(v, input.scale, input.zeroPoint, grid.qmin, grid.qmax, rounding));
    const [weights] = [...parameters.weights.values()];
    const wq = w.map((v, i) => {
      const p = weights.params[i % OUT] ?? weights.params[0];
      return onGrid(v, p.scale, p.zeroPoint, weights.grid.qmin, weights.grid.qmax, rounding);
    });
    const result = parameters.activations.get('y');
    const reference = product(xq, wq);
    // A sum of products near a tie of the output grid may fall on either side of it.
    const step = result?.scale ?? 0;
    output.forEach((value, i) => {
      const expected =
        result === undefined
          ? reference[i]
          : onGrid(reference[i], result.scale, result.zeroPoint, grid.qmin, grid.qmax, rounding);
      const distance = Math.abs(value - expected);
      const isTie = step > 0 && Math.abs(Math.abs(reference[i] - expected) - step / 2) < 1e-4 * step + 2e-6;
      expect(distance, `element ${i}: ${value}, expected ${expected}`).toBeLessThanOrEqual(
        isTie ? 1.0001 * step : 1e-5,
      );
    });
  });
});

describe('ties', () => {
  const halves = Float32Array.of(0.5, 1.5, 2.5, -0.5, -1.5, -2.5, 0.49999997, -0.49999997);
  const identity = () =>
    load({
      nodes: [makeNode('MatMul', ['x', 'w'], ['y'])],
      inputs: [{ name: 'x', dims: ['N', 1] }],
      outputs: [{ name: 'y', dims: ['N', 1] }],
      constants: { w: floats([1, 1], [127]) },
    });

  it.each([
    ['cambricon', [1, 2, 3, -1, -2, -3, 0, 0]],
    ['tensorrt', [0, 2, 2, 0, -2, -2, 0, 0]],
  ] as const)('round as %s rounds them', async (chip, expected) => {
    const target = targets[chip];
    const model = await identity();
    const scheme: Scheme = {
      target,
      granularity: 'per-tensor',
      weightBits: 8,
      activationBits: 8,
      range: 'min-max',
    };
    const quantized = quantizedBy(model, scheme, histogramsOf({ x: halves }), {
      x: { alpha: -127, beta: 127 },
    });
    expect(quantized.parameters.activations.get('x')!.scale).toBe(1);
    const output = await outputOf(
      serializeModel(emulatedModel(quantized, 'integer').model),
      'float',
      halves,
      1,
    );
    expect([...output].map((v) => v / 127 + 0)).toEqual(expected);
  });
});

describe('the target onnxruntime', () => {
  it('is emulated bit for bit as its int8 kernels compute', async () => {
    const x = noise(ROWS * IN, 21);
    const model = await load({
      nodes: [
        makeNode('Gemm', ['x', 'w', 'b'], ['h']),
        makeNode('Relu', ['h'], ['r']),
        makeNode('Gemm', ['r', 'v', 'c'], ['y']),
      ],
      inputs: [{ name: 'x', dims: ['N', IN] }],
      outputs: [{ name: 'y', dims: ['N', OUT] }],
      constants: { w: random([IN, 16], 1), b: random([16], 2), v: random([16, OUT], 3), c: random([OUT], 4) },
    });
    const target = targets.onnxruntime;
    const scheme: Scheme = {
      target,
      granularity: 'per-channel',
      weightBits: 8,
      activationBits: 8,
      range: 'min-max',
    };
    const histograms = histogramsOf({ x, r: Float32Array.of(0, 3), y: Float32Array.of(-4, 4) });
    const quantized = quantizedBy(model, scheme, histograms);
    const emulated = await outputOf(serializeModel(emulatedModel(quantized, 'integer').model), 'float', x);
    const written = qdqModel(quantized, target.qdq!);
    if ('obstacle' in written) throw new Error(written.obstacle);
    const real = await outputOf(serializeModel(written.model), 'integer', x);
    expect([...emulated]).toEqual([...real]);
  });
});
