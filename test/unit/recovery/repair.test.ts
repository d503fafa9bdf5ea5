import { beforeAll, describe, expect, it } from 'vitest';
import type { Batch } from '../../../src/data/batch.ts';
import { emulatedModel } from '../../../src/emulation/emulated-model.ts';
import type { Tensor } from '../../../src/numerics/tensor.ts';
import { makeNode } from '../../../src/onnx/graph.ts';
import type { Quantized } from '../../../src/quantization/quantized.ts';
import { type RepairSamples, repairLayers } from '../../../src/recovery/repair.ts';
import type { LoadedModel } from '../../../src/runtime/load-model.ts';
import { type Loader, loader } from '../../support/load-model.ts';
import { floats, noise, random } from '../../support/models.ts';
import { batchOf } from '../../support/quantized-units.ts';
import { type Case, noiseOf, quantizedOn, repaired } from './repaired-models.ts';
import { valuesOf } from './rewriting.ts';

let load: Loader;
beforeAll(async () => {
  load = await loader();
});

/** Pictures whose pixels are like those beside them. */
function pictures(count: number, seed: number): Tensor {
  const [channels, side] = [3, 6];
  const data = noise(count * channels * side * side, seed).map((v, i) => v + Math.sin(i / 5) + 0.4);
  return floats([count, channels, side, side], data);
}
const samples: RepairSamples = {
  repairing: [batchOf({ x: pictures(10, 1) }), batchOf({ x: pictures(6, 2) })],
  apart: [batchOf({ x: pictures(6, 3) })],
};
const unseen = [batchOf({ x: pictures(8, 4) })];

/** A Conv, a depthwise one, one in groups, a ConvTranspose and a Gemm. */
const network = () =>
  load({
    nodes: [
      makeNode('Conv', ['x', 'w1', 'b1'], ['c1'], { pads: [1, 1, 1, 1] }),
      makeNode('Relu', ['c1'], ['r1']),
      makeNode('Conv', ['r1', 'w2', 'b2'], ['c2'], { group: 8, strides: [2, 2] }),
      makeNode('Relu', ['c2'], ['r2']),
      makeNode('Conv', ['r2', 'w3', 'b3'], ['c3'], { group: 2 }),
      makeNode('ConvTranspose', ['c3', 'w4', 'b4'], ['c4'], { group: 2, strides: [2, 2] }),
      makeNode('GlobalAveragePool', ['c4'], ['p']),
      makeNode('Flatten', ['p'], ['f']),
      makeNode('Gemm', ['f', 'w5', 'b5'], ['y'], { transB: 1 }),
    ],
    inputs: [{ name: 'x', dims: ['N', 3, 6, 6] }],
    outputs: [{ name: 'y', dims: ['N', 5] }],
    constants: {
      w1: random([8, 3, 3, 3], 11),
      b1: random([8], 12),
      w2: random([8, 1, 2, 2], 13),
      b2: random([8], 14),
      w3: random([6, 4, 1, 1], 15),
      b3: random([6], 16),
      w4: random([6, 2, 2, 2], 17),
      b4: random([4], 18),
      w5: random([5, 4], 19),
      b5: random([5], 20),
    },
  });
const LAYERS = ['c1/Conv', 'c2/Conv', 'c3/Conv', 'c4/ConvTranspose', 'y/Gemm'];
const caseOf = (model: LoadedModel, given = samples): Case => ({
  model,
  samples: given,
  runtime: load.runtime,
});

describe('a repaired model', () => {
  it.each([
    ['tensorrt', { weightBits: 4, granularity: 'per-channel' }],
    ['tensorrt', { weightBits: 4, granularity: 'per-tensor' }],
    ['snpe', { weightBits: 4, granularity: 'per-tensor' }],
    ['cambricon', { weightBits: 4, granularity: 'per-channel' }],
    ['onnxruntime', { weightBits: 8, granularity: 'per-channel' }],
  ] as const)('of %s with %o makes less noise on samples that it has not seen', async (chip, scheme) => {
    const given = caseOf(await network());
    const quantized = await quantizedOn(given, chip, scheme);
    const before = await noiseOf(quantized, unseen, load.runtime);
    for (const steps of [['round', 'correct-bias'], ['gptq', 'correct-bias'], ['correct-bias']] as const) {
      const made = await repaired(quantized, given, ...steps);
      expect([...made.taken.keys()].every((name) => LAYERS.includes(name))).toBe(true);
      expect(made.taken.size, steps.join()).toBeGreaterThan(2);
      const after = await noiseOf(made.quantized, unseen, load.runtime);
      expect(after / before, `${steps.join()}: ${before} → ${after}`).toBeLessThan(
        scheme.weightBits === 4 && steps.length > 1 ? 0.7 : 1,
      );
    }
  });

  it('has the same bits every time, and leaves what it is made of alone', async () => {
    const given = caseOf(await network());
    const quantized = await quantizedOn(given, 'snpe', { weightBits: 4 });
    const weights = new Map(quantized.parameters.weights);
    const [first, second] = [
      await repaired(quantized, given, 'gptq', 'round', 'correct-bias'),
      await repaired(quantized, given, 'gptq', 'round', 'correct-bias'),
    ];
    expect(second.taken).toEqual(first.taken);
    expect(second.quantized.parameters).toEqual(first.quantized.parameters);
    expect(quantized.parameters.weights).toEqual(weights);
    expect(quantized.repairs.weights.size).toBe(0);
    expect(first.quantized.parameters.activations).toEqual(quantized.parameters.activations);
  });

  it('is the model as it is without a step that repairs layers', async () => {
    const given = caseOf(await network());
    const quantized = await quantizedOn(given, 'snpe');
    for (const steps of [[], ['equalize', 'absorb-bias', 'smooth']] as const) {
      const made = await repaired(quantized, given, ...steps);
      expect(made.quantized).toBe(quantized);
      expect(made.taken.size).toBe(0);
    }
  });

  it('tells of each layer, and ends where it is told to', async () => {
    const given = caseOf(await network());
    const quantized = await quantizedOn(given, 'tensorrt');
    let layers = 0;
    const advance = (count: number) => {
      layers += count;
    };
    await repairLayers(quantized, ['correct-bias'], samples, load.runtime, { advance });
    expect(layers).toBe(LAYERS.length);
    const stop = new AbortController();
    stop.abort(new Error('time is up'));
    const options = { signal: stop.signal };
    await expect(repairLayers(quantized, ['round'], samples, load.runtime, options)).rejects.toThrow(
      'time is up',
    );
  });
});

describe('each layer', () => {
  const meansOf = async (quantized: Quantized, tensor: string, channels: number) => {
    const { model } = emulatedModel(quantized, 'float');
    const errors = new Float64Array(channels);
    let count = 0;
    for (const { inputs } of samples.repairing) {
      const plain = (await valuesOf(quantized.model, inputs, load.runtime))[tensor];
      const made = (await valuesOf({ model } as LoadedModel, inputs, load.runtime))[tensor];
      const inner = plain.length / inputs.x.dims[0] / channels;
      plain.forEach((value, i) => {
        errors[Math.floor(i / inner) % channels] += made[i] - value;
      });
      count += inputs.x.dims[0] * inner;
    }
    return Math.max(...errors.map((sum) => Math.abs(sum / count)));
  };

  it('has its mean of FP32 with all layers before it repaired as they are', async () => {
    const given = caseOf(await network());
    const quantized = await quantizedOn(given, 'tensorrt', { weightBits: 4 });
    const { quantized: made, taken } = await repaired(quantized, given, 'gptq', 'correct-bias');
    const outputs = { c1: 8, c2: 8, c3: 6, y: 5 };
    for (const [tensor, channels] of Object.entries(outputs)) {
      const name = LAYERS.find((layer) => layer.startsWith(`${tensor}/`))!;
      expect(taken.get(name), name).toContain('correct-bias');
      expect(await meansOf(quantized, tensor, channels), tensor).toBeGreaterThan(1e-3);
      expect(await meansOf(made, tensor, channels), tensor).toBeLessThan(1e-5);
    }
  });

  it('does not see the repeats that fill a batch', async () => {
    const given = caseOf(await network());
    const quantized = await quantizedOn(given, 'tensorrt', { weightBits: 4 });
    const filled = ({ indices, ...batch }: Batch): Batch => ({ ...batch, indices: indices.slice(0, 3) });
    const cut = ({ inputs }: Batch) => {
      const size = inputs.x.data.length / inputs.x.dims[0];
      const [, ...dims] = inputs.x.dims;
      return batchOf({ x: floats([3, ...dims], (inputs.x.data as Float32Array).slice(0, 3 * size)) });
    };
    const both = ['round', 'correct-bias'] as const;
    const map = (change: (batch: Batch) => Batch) =>
      caseOf(given.model, { repairing: samples.repairing.map(change), apart: samples.apart.map(change) });
    const [first, second] = [
      await repaired(quantized, map(filled), ...both),
      await repaired(quantized, map(cut), ...both),
    ];
    expect(first.taken).toEqual(second.taken);
    for (const [name, { data }] of first.quantized.parameters.weights)
      expect(data, name).toEqual(second.quantized.parameters.weights.get(name)!.data);
  });
});
