import { beforeAll, describe, expect, it } from 'vitest';
import { emulatedModel } from '../../../src/emulation/emulated-model.ts';
import { qdqModel } from '../../../src/emulation/qdq-model.ts';
import { weightCodes } from '../../../src/numerics/channels.ts';
import { hexagonFixedPoint } from '../../../src/numerics/fixed-point.ts';
import { quantizeValue } from '../../../src/numerics/grid.ts';
import { makeNode } from '../../../src/onnx/graph.ts';
import { serializeModel } from '../../../src/onnx/model.ts';
import type { Scheme } from '../../../src/quantization/scheme.ts';
import type { LoadedModel } from '../../../src/runtime/load-model.ts';
import { targets } from '../../../src/targets/index.ts';
import type { Target } from '../../../src/targets/target.ts';
import { rescaleHalfUp } from '../../support/fixed-point.ts';
import { hexagonNn } from '../../support/hexagon-nn.ts';
import { histogramsOf } from '../../support/histograms.ts';
import { type Loader, loader } from '../../support/load-model.ts';
import { floats, noise, random } from '../../support/models.ts';
import { quantizedBy } from '../../support/quantize.ts';

let load: Loader;
beforeAll(async () => {
  load = await loader();
});

const schemeOf = (target: Target, granularity: Scheme['granularity'] = 'per-channel'): Scheme => ({
  target,
  granularity,
  weightBits: 8,
  activationBits: 8,
  range: 'min-max',
});

/** Emulates a model with input x and output y both ways. */
async function bothWays(
  model: LoadedModel,
  scheme: Scheme,
  x: Float32Array,
  dims: readonly number[],
  y: Float32Array,
) {
  const quantized = quantizedBy(model, scheme, histogramsOf({ x, y }));
  const run = async (arithmetic: 'integer' | 'float') => {
    const emulation = emulatedModel(quantized, arithmetic);
    const session = await load.runtime.open(serializeModel(emulation.model), { optimize: 'float' });
    const results = await session.run({ x: floats(dims, x) });
    await session.close();
    return { results, emulation };
  };
  const [integer, float] = [await run('integer'), await run('float')];
  return { ...quantized, integer, float };
}

const [ROWS, IN, OUT] = [32, 16, 6];
const product = () =>
  load({
    nodes: [makeNode('Gemm', ['x', 'w', 'b'], ['y'])],
    inputs: [{ name: 'x', dims: ['N', IN] }],
    outputs: [{ name: 'y', dims: ['N', OUT] }],
    constants: { w: random([IN, OUT], 9), b: random([OUT], 5) },
  });

describe('the fixed-point rescale of Hexagon NN', () => {
  it.each(['per-tensor', 'per-channel'] as const)(
    'is Hexagon’s, integer by integer, %s',
    async (granularity) => {
      const x = noise(ROWS * IN, 3);
      const model = await product();
      const scheme = schemeOf(hexagonNn, granularity);
      const { parameters, integerLayers, integer } = await bothWays(
        model,
        scheme,
        x,
        [ROWS, IN],
        Float32Array.of(-6, 6),
      );
      const [layer] = integerLayers;
      const [input, output] = ['x', 'y'].map((name) => parameters.activations.get(name)!);
      const { grid } = input;
      const { params } = parameters.weights.get(layer.layer.name)!;
      const w = layer.weights!.data;
      const codes = Float32Array.from(
        x,
        (v) => quantizeValue(v, input, grid, 'half-to-even') - input.zeroPoint,
      );
      const expected = Float32Array.from({ length: ROWS * OUT }, (_, i) => {
        const [row, channel] = [Math.floor(i / OUT), i % OUT];
        let sum = layer.bias!.codes[channel];
        for (let k = 0; k < IN; k++) sum += codes[row * IN + k] * Number(w[k * OUT + channel]);
        const scale = params[params.length === 1 ? 0 : channel].scale;
        const q =
          rescaleHalfUp(sum, hexagonFixedPoint((input.scale * scale) / output.scale)) + output.zeroPoint;
        return (Math.min(Math.max(q, grid.qmin), grid.qmax) - output.zeroPoint) * output.scale;
      });
      expect(layer.rescale.kind).toBe('fixed-point');
      expect([...(integer.results.y.data as Float32Array)]).toEqual([...expected]);
    },
  );
});

describe('an accumulator that is too narrow', () => {
  const narrow: Target = {
    ...targets.tensorrt,
    arithmetic: { ...targets.tensorrt.arithmetic, accumulatorBits: () => 16 },
  };

  it('wraps around as its bits do, and every overflow is counted', async () => {
    const x = noise(ROWS * IN, 3);
    const model = await product();
    const { plan, parameters, integer, float } = await bothWays(model, schemeOf(narrow), x, [ROWS, IN], x);
    const [layer] = plan.layers;
    const { params, dims, axis, grid } = parameters.weights.get(layer.name)!;
    const weights = model.view.initializers.get(layer.weight!.name)!;
    const w = new Float32Array(new Uint8Array(weights.rawData).buffer);
    const codes = weightCodes(w, { dims, axis }, params, { grid, rounding: 'half-to-even' });
    const input = parameters.activations.get('x')!;
    const bias = new Float32Array(new Uint8Array(model.view.initializers.get('b')!.rawData).buffer);
    let overflows = 0;
    const expected = Array.from({ length: ROWS * OUT }, (_, i) => {
      const [row, channel] = [Math.floor(i / OUT), i % OUT];
      let sum = 0;
      for (let k = 0; k < IN; k++) {
        const q = quantizeValue(
          x[row * IN + k],
          input,
          [...parameters.activations.values()][0].grid,
          'half-to-even',
        );
        sum += q * codes[k * OUT + channel];
      }
      const wrapped = Number(BigInt.asIntN(16, BigInt(sum)));
      if (wrapped !== sum) overflows++;
      return Math.fround(
        Math.fround(wrapped * Math.fround(input.scale * params[channel].scale)) + bias[channel],
      );
    });
    expect(overflows).toBeGreaterThan(0);
    expect([...(integer.results.y.data as Float32Array)]).toEqual(expected);
    const [counter] = integer.emulation.overflows.values();
    expect(integer.results[counter].data[0]).toBe(overflows);
    expect(Object.keys(float.results)).toEqual(['y']);
  });

  it('costs nothing where no input can make it overflow', async () => {
    const { integer } = await bothWays(
      await product(),
      schemeOf(targets.tensorrt),
      noise(ROWS * IN, 3),
      [ROWS, IN],
      Float32Array.of(1),
    );
    expect(integer.emulation.overflows.size).toBe(0);
    expect(Object.keys(integer.results)).toEqual(['y']);
  });
});

const shapes = [
  { op: 'Conv', weights: [6, 2, 3, 3], attributes: { group: 2, pads: [1, 1, 1, 1] } },
  { op: 'ConvTranspose', weights: [4, 3, 2, 2], attributes: { group: 2, strides: [2, 2] } },
  { op: 'Conv', weights: [6, 4, 3], attributes: { pads: [1, 1] } },
] as const;

describe.each(['tensorrt', 'cambricon', 'snpe', 'onnxruntime'] as const)('integers on %s', (chip) => {
  it.each(shapes)('are what the real values stand for: $op $weights', async ({ op, weights, attributes }) => {
    const spatial = weights.slice(2).map(() => 5);
    const channels = op === 'Conv' ? weights[0] : 6;
    const model = await load({
      nodes: [
        makeNode(op, ['x', 'w', 'b'], ['h'], {
          ...attributes,
          pads: 'pads' in attributes ? [...attributes.pads] : spatial.flatMap(() => [0, 0]),
        }),
        makeNode('Relu', ['h'], ['y']),
      ],
      inputs: [{ name: 'x', dims: ['N', 4, ...spatial] }],
      outputs: [{ name: 'y', dims: ['N', channels, ...spatial.map((_, i) => `S${i}`)] }],
      constants: { w: random([...weights], 8), b: random([channels], 4) },
    });
    const x = noise(2 * 4 * spatial.reduce((a, b) => a * b, 1), 11);
    const { integerLayers, integer, float } = await bothWays(
      model,
      schemeOf(targets[chip]),
      x,
      [2, 4, ...spatial],
      Float32Array.of(0, 4),
    );
    const [a, b] = [integer, float].map(({ results }) => results.y.data as Float32Array);
    const step = targets[chip].arithmetic.rescale === 'float' ? 0 : 4 / 255;
    expect(integerLayers.length).toBe(op === 'ConvTranspose' && chip === 'onnxruntime' ? 0 : 1);
    const off = a.reduce((most, v, i) => Math.max(most, Math.abs(v - b[i])), 0);
    expect(off, 'largest difference').toBeLessThanOrEqual(1.01 * step + 1e-5);
  });
});

describe('a layer that reads what was moved on its grid', () => {
  const moved = () =>
    load({
      nodes: [
        makeNode('Conv', ['x', 'w', 'b'], ['h'], { pads: [1, 1, 1, 1] }),
        makeNode('Relu', ['h'], ['r']),
        makeNode('MaxPool', ['r'], ['p'], { kernel_shape: [2, 2], strides: [2, 2] }),
        makeNode('Flatten', ['p'], ['flat']),
        makeNode('Gemm', ['flat', 'v', 'c'], ['y'], { transB: 1 }),
      ],
      inputs: [{ name: 'x', dims: ['N', 2, 4, 4] }],
      outputs: [{ name: 'y', dims: ['N', 5] }],
      constants: {
        w: random([4, 2, 3, 3], 1),
        b: random([4], 2),
        v: random([5, 16], 3),
        c: random([5], 4),
      },
    });

  it.each(['snpe', 'onnxruntime'] as const)('is computed with its integers on %s', async (chip) => {
    const model = await moved();
    const x = noise(3 * 32, 8);
    const scheme = schemeOf(targets[chip]);
    const histograms = histogramsOf({ x, r: Float32Array.of(0, 3), y: Float32Array.of(-9, 9) });
    const quantized = quantizedBy(model, scheme, histograms);
    const { model: emulated } = emulatedModel(quantized, 'integer');
    const layers = quantized.integerLayers;
    expect(layers.map(({ layer }) => layer.op)).toEqual(['Conv', 'Gemm']);
    expect(layers.every(({ bias }) => bias !== undefined)).toBe(true);
    if (chip === 'snpe') return;
    const written = qdqModel(quantized, scheme.target.qdq!);
    if ('obstacle' in written) throw new Error(written.obstacle);
    const [ours, real] = await Promise.all(
      (
        [
          [emulated, 'float'],
          [written.model, 'integer'],
        ] as const
      ).map(async ([proto, optimize]) => {
        const session = await load.runtime.open(serializeModel(proto), { optimize });
        const { y } = await session.run({ x: floats([3, 2, 4, 4], x) });
        await session.close();
        return [...(y.data as Float32Array)];
      }),
    );
    expect(ours).toEqual(real);
  });
});
