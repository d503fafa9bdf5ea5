import { beforeAll, describe, expect, it } from 'vitest';
import { makeNode } from '../../../src/onnx/graph.ts';
import { readTensor } from '../../../src/onnx/tensors.ts';
import { parameterSetOf } from '../../../src/pipeline/export-parameters.ts';
import { targetOf } from '../../../src/targets/index.ts';
import { type Loader, loader } from '../../support/load-model.ts';
import { random } from '../../support/models.ts';
import { quantizedBy } from '../../support/quantize.ts';
import { schemeOf } from '../../support/quantized-units.ts';

let load: Loader;
beforeAll(async () => {
  load = await loader();
});

const model = () =>
  load({
    nodes: [
      makeNode('Conv', ['x', 'point'], ['a']),
      makeNode('Conv', ['a', 'wide'], ['b'], { pads: [1, 1, 1, 1] }),
      makeNode('GlobalAveragePool', ['b'], ['p']),
      makeNode('Flatten', ['p'], ['f']),
      makeNode('Gemm', ['f', 'g', 'bias'], ['c'], { transB: 1 }),
      makeNode('MatMul', ['c', 'odd'], ['y']),
    ],
    inputs: [{ name: 'x', dims: [1, 32, 4, 4] }],
    outputs: [{ name: 'y', dims: [1, 3] }],
    constants: {
      point: random([16, 32, 1, 1], 1),
      wide: random([48, 16, 3, 3], 2),
      g: random([24, 48], 3),
      bias: random([24], 4),
      odd: random([24, 3], 5),
    },
  });

const ranges = Object.fromEntries(
  ['x', 'a', 'b', 'p', 'f', 'c', 'y'].map((name) => [name, { alpha: -4, beta: 4 }]),
);

async function quantized(blockSize: number, more = {}) {
  const target = targetOf('snpe', { blockSize })!;
  const scheme = schemeOf(target, {
    weightBits: 4,
    activationBits: 16,
    blockSize,
    granularity: 'per-channel',
    ...more,
  });
  return quantizedBy(await model(), scheme, new Map(), ranges);
}

describe('weights in blocks on HTP', () => {
  it('are those of 1x1 convolutions and products whose channels are whole blocks', async () => {
    const { parameters, plan, integerLayers } = await quantized(16);
    const blocks = plan.layers.map(({ name, weight }) => [
      weight!.name,
      parameters.weights.get(name)!.blocks,
    ]);
    expect(blocks).toEqual([
      ['point', { axis: 1, size: 16 }],
      ['wide', undefined],
      ['g', { axis: 1, size: 16 }],
      ['odd', undefined],
    ]);
    // Scales that change within a sum are no factor of it.
    expect(integerLayers.map(({ layer }) => layer.weight!.name)).not.toContain('g');
  });

  it('have scales that are multiples, 1 to 16, of one of their channel, whose largest is 16', async () => {
    const { layers } = parameterSetOf(await quantized(16));
    const { blocks, scales } = layers[2].weight!;
    const { channelScales, multiples, shape, channelBits } = blocks!;
    expect([channelScales.length, multiples.length, shape, channelBits]).toEqual([24, 72, [24, 3], 8]);
    scales.forEach((scale, i) => {
      expect(scale).toBe(Math.fround(channelScales[Math.floor(i / 3)] * multiples[i]));
    });
    for (let channel = 0; channel < 24; channel++)
      expect(Math.max(...multiples.slice(3 * channel, 3 * channel + 3))).toBe(16);
    expect(multiples.every((m) => Number.isInteger(m) && m >= 1)).toBe(true);
  });

  it('lose less than with a scale a channel', async () => {
    const errorOf = async (blockSize: number | undefined) => {
      const { parameters, model: loaded, plan } = await quantized(16, { blockSize });
      const { data } = parameters.weights.get(plan.layers[2].name)!;
      const exact = readTensor(loaded.view.initializers.get('g')!, 'model').data;
      return data.reduce((sum, value, i) => sum + (value - Number(exact[i])) ** 2, 0);
    };
    expect(await errorOf(16)).toBeLessThan(0.9 * (await errorOf(undefined)));
  });
});
