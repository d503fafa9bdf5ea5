import { beforeAll, describe, expect, it } from 'vitest';
import { emulatedModel } from '../../../src/emulation/emulated-model.ts';
import type { Tensor } from '../../../src/numerics/tensor.ts';
import { makeNode } from '../../../src/onnx/graph.ts';
import type { RepairSamples } from '../../../src/recovery/repair.ts';
import type { LoadedModel } from '../../../src/runtime/load-model.ts';
import { type Loader, loader } from '../../support/load-model.ts';
import { floats, noise, random } from '../../support/models.ts';
import { batchOf } from '../../support/quantized-units.ts';
import { type Case, quantizedOn, repaired } from './repaired-models.ts';
import { bodyThatReads, valuesOf } from './rewriting.ts';

let load: Loader;
beforeAll(async () => {
  load = await loader();
});

const caseOf = (model: LoadedModel, samples: RepairSamples): Case => ({
  model,
  samples,
  runtime: load.runtime,
});

describe('the integers of a bias', () => {
  it('do not overflow where the range of nearly dead weights is clipped', async () => {
    const rows = (count: number, from: number) =>
      floats(
        [count, 4],
        noise(count * 4, 1).map((v, i) => v / 3 + Math.sin((i + from) / 7) + 0.3),
      );
    const given = caseOf(
      await load({
        nodes: [makeNode('Gemm', ['x', 'w', 'b'], ['y'])],
        inputs: [{ name: 'x', dims: ['N', 4] }],
        outputs: [{ name: 'y', dims: ['N', 3] }],
        constants: {
          w: floats(
            [4, 3],
            noise(12, 3).map((v, i) => (i % 3 === 1 ? v * 2e-5 : v)),
          ),
          b: floats([3], [1, 1000, 1]),
        },
      }),
      { repairing: [batchOf({ x: rows(64, 0) })], apart: [batchOf({ x: rows(32, 50) })] },
    );
    for (const granularity of ['per-channel', 'per-tensor'] as const) {
      const quantized = await quantizedOn(given, 'onnxruntime', { weightBits: 4, granularity });
      for (const steps of [['round'], ['gptq', 'correct-bias']] as const) {
        const made = await repaired(quantized, given, ...steps);
        const { model } = emulatedModel(made.quantized, 'integer');
        const { y } = await valuesOf({ model } as LoadedModel, { x: rows(8, 0) }, load.runtime);
        expect(Math.abs(y[1] - 1000), `${granularity}, ${steps}: ${y[1]} for 1000`).toBeLessThan(5);
      }
    }
  });
});

describe('what is left alone', () => {
  const products = (nodes: Parameters<typeof load>[0]['nodes'], more: Record<string, Tensor> = {}) =>
    load({
      nodes,
      inputs: [{ name: 'x', dims: ['N', 6] }],
      outputs: [{ name: 'y', dims: ['N', 6] }],
      constants: { w: random([6, 6], 1), v: random([6, 6], 2), b: random([6], 3), ...more },
    });
  const alike = (count: number, seed: number) =>
    floats(
      [count, 6],
      noise(count * 6, seed).map((v, i) => v / 3 + Math.sin(Math.floor(i / 6)) + 0.3),
    );
  const rows: RepairSamples = {
    repairing: [batchOf({ x: alike(96, 5) })],
    apart: [batchOf({ x: alike(48, 6) })],
  };
  const repairOf = async (model: LoadedModel) => {
    const given = caseOf(model, rows);
    const quantized = await quantizedOn(given, 'onnxruntime', { weightBits: 4 });
    return { quantized, made: await repaired(quantized, given, 'round', 'correct-bias') };
  };
  const gemm = (x: string, w: string, b: string, y: string, attributes = {}) =>
    makeNode('Gemm', [x, w, b], [y], attributes);

  it('is a weight that two layers read, and not what else they have', async () => {
    const model = await products([
      gemm('x', 'w', '', 'a'),
      gemm('a', 'w', '', 'c'),
      gemm('c', 'v', 'b', 'y'),
    ]);
    const { quantized, made } = await repairOf(model);
    expect([...made.taken.keys()]).toEqual(['y/Gemm']);
    for (const name of ['a/Gemm', 'c/Gemm'])
      expect(made.quantized.parameters.weights.get(name)).toEqual(quantized.parameters.weights.get(name));
    expect([...made.quantized.parameters.biases.keys()]).toEqual(['y/Gemm']);
  });

  it('is a weight that a body reads', async () => {
    const nodes = [gemm('x', 'w', 'b', 'a'), ...bodyThatReads('w', 'c'), gemm('a', 'c', '', 'y')];
    const { made } = await repairOf(await products(nodes));
    expect(made.taken.size).toBe(0);
  });

  it('is a bias that two layers add, and not their weights', async () => {
    const { made } = await repairOf(await products([gemm('x', 'w', 'b', 'a'), gemm('a', 'v', 'b', 'y')]));
    expect(made.taken.size).toBeGreaterThan(0);
    for (const steps of made.taken.values()) expect(steps).toEqual(['round']);
    expect(made.quantized.parameters.biases.size).toBe(0);
  });

  it.each([
    [
      'a product of two activations',
      [
        makeNode('Transpose', ['x'], ['t'], { perm: [1, 0] }),
        makeNode('MatMul', ['x', 't'], ['a']),
        makeNode('MatMul', ['a', 'x'], ['y']),
      ],
    ],
    ['a Gemm with factors', [gemm('x', 'w', 'b', 'y', { alpha: { f: 0.5 } })]],
    [
      'a stack of matrices',
      [
        makeNode('Unsqueeze', ['x', 'axis'], ['a']),
        makeNode('MatMul', ['a', 'stack'], ['c']),
        makeNode('Reshape', ['c', 'shape'], ['y']),
      ],
    ],
  ])('is %s', async (_, nodes) => {
    const more = {
      axis: { type: 'int64', dims: [1], data: BigInt64Array.of(0n) },
      shape: { type: 'int64', dims: [2], data: BigInt64Array.of(-1n, 6n) },
      stack: random([2, 6, 3], 4),
    } as const;
    const { quantized, made } = await repairOf(await products(nodes, more));
    expect(made.taken.size).toBe(0);
    expect(made.quantized.parameters).toEqual(quantized.parameters);
  });
});
