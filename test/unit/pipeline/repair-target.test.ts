import { beforeAll, describe, expect, it } from 'vitest';
import { fullNsr } from '../../../src/attribution/impact/impact.ts';
import type { Tensor } from '../../../src/numerics/tensor.ts';
import { makeNode } from '../../../src/onnx/graph.ts';
import { calibrateModel } from '../../../src/pipeline/calibrate.ts';
import { chipFilesOf } from '../../../src/pipeline/export.ts';
import { candidateFrom } from '../../../src/pipeline/judge.ts';
import type { Prepared } from '../../../src/pipeline/prepare.ts';
import { readRepairSamples } from '../../../src/pipeline/repair-samples.ts';
import { repairTarget } from '../../../src/pipeline/repair-target.ts';
import { quantize } from '../../../src/quantization/quantized.ts';
import { floats, makeModel, random } from '../../support/models.ts';
import { npyOf } from '../../support/npy.ts';
import { prepared, SAMPLES, type Staged } from '../../support/staged.ts';

/** What the channels between two layers are multiplied by, and divided by again: FP32 sees nothing of it. */
const FACTORS = [30, 1, 0.03, 5, 0.2, 1];

function weight(dims: readonly number[], seed: number, made: boolean, read: boolean): Tensor {
  const [, inputs, ...kernel] = dims;
  const inner = kernel.reduce((product, d) => product * d, 1);
  const values = random(dims, seed).data as Float32Array;
  const factor = (i: number) =>
    (made ? FACTORS[Math.floor(i / inner / inputs)] : 1) /
    (read ? FACTORS[Math.floor(i / inner) % inputs] : 1);
  return floats(
    dims,
    values.map((w, i) => w * factor(i)),
  );
}
const bias = (seed: number) =>
  floats(
    [6],
    (random([6], seed).data as Float32Array).map((b, i) => b * FACTORS[i]),
  );

/** Three convolutions whose channels differ by a thousand times: one scale for all of them ruins most. */
const unevenNetwork = (cut: 'Relu' | 'Clip' = 'Relu') => {
  const bounds = cut === 'Clip' ? ['zero', 'six'] : [];
  return makeModel({
    nodes: [
      makeNode('Conv', ['x', 'w1', 'b1'], ['c1']),
      makeNode(cut, ['c1', ...bounds], ['r1']),
      makeNode('Conv', ['r1', 'w2', 'b2'], ['c2']),
      makeNode(cut, ['c2', ...bounds], ['r2']),
      makeNode('Conv', ['r2', 'w3', 'b3'], ['c3']),
      makeNode('GlobalAveragePool', ['c3'], ['p']),
      makeNode('Flatten', ['p'], ['y']),
    ],
    inputs: [{ name: 'x', dims: ['N', 2, 5, 5] }],
    outputs: [{ name: 'y', dims: ['N', 4] }],
    constants: {
      w1: weight([6, 2, 2, 2], 1, true, false),
      b1: bias(2),
      w2: weight([6, 6, 2, 2], 3, true, true),
      b2: bias(4),
      w3: weight([4, 6, 1, 1], 5, false, true),
      b3: random([4], 6),
      ...(cut === 'Clip' && { zero: floats([], [0]), six: floats([], [6]) }),
    },
  });
};
const files = { 'x.npy': npyOf(random([SAMPLES, 2, 5, 5], 42)) };

async function repairedBy(recipe: readonly string[], target: object = {}, network = unevenNetwork()) {
  const targets = [{ chip: 'snpe', ...target, recipe }];
  const stage: Staged & { prepared: Prepared } = await prepared({ targets }, network, files);
  const { context, shown, prepared: ready } = stage;
  const { histograms } = await calibrateModel(ready, context);
  const samples = await readRepairSamples(ready, context);
  const [planned] = ready.targets;
  const made = await repairTarget(ready, planned, { histograms, samples, name: 'snpe/repair' }, context);
  const noise = (quantized: typeof made.quantized) =>
    fullNsr(quantized, samples.apart, context.runtime, ready.readOutputs);
  return {
    ready,
    histograms,
    made,
    shown,
    noise,
    before: quantize(planned, histograms, planned.config.ranges),
  };
}

describe('a target with a recipe', () => {
  let equalized: Awaited<ReturnType<typeof repairedBy>>;
  beforeAll(async () => {
    equalized = await repairedBy(['equalize', 'correct-bias']);
  });

  it('is repaired where its channels are uneven', async () => {
    const { noise, before, made } = equalized;
    const [plain, repaired] = [await noise(before), await noise(made.quantized)];
    expect(plain, 'noise without a recipe').toBeGreaterThan(0.05);
    expect(repaired, 'noise with it').toBeLessThan(plain / 10);
  });

  it('has ranges of what its tensors hold now, and those of others as they were calibrated', () => {
    const { histograms, made, before } = equalized;
    const changed = ['c1', 'c2', 'r1', 'r2'].filter((name) => made.histograms.has(name));
    expect(changed.length).toBeGreaterThan(0);
    for (const name of changed) expect(made.histograms.get(name), name).not.toBe(histograms.get(name));
    for (const name of ['x', 'y']) {
      expect(made.histograms.get(name), name).toBe(histograms.get(name));
      const scaleOf = ({ parameters }: typeof before) => parameters.activations.get(name)?.scale;
      expect(scaleOf(made.quantized)).toBe(scaleOf(before));
    }
  });

  it('shows its stage, layer by layer', () => {
    const stages = equalized.shown.filter(({ stage }) => stage === 'm/snpe/repair');
    expect(stages).toEqual([{ stage: 'm/snpe/repair', total: 3, seen: 3, over: true }]);
  });

  it('keeps tensors with a range by hand as they are', async () => {
    const { made, ready } = await repairedBy(['equalize', 'correct-bias'], {
      ranges: { r1: { alpha: 0, beta: 7 }, r2: { alpha: 0, beta: 9 } },
    });
    expect(made.quantized.parameters.activations.get('r1')!.beta).toBeCloseTo(7, 1);
    const constant = (name: string) => made.quantized.model.view.initializers.get(name);
    for (const name of ['w1', 'w2', 'w3'])
      expect(constant(name)).toBe(ready.model.view.initializers.get(name));
  });

  it('says which steps changed something, and how many layers', async () => {
    expect(equalized.made.taken).toEqual([
      { step: 'equalize' },
      { step: 'correct-bias', layers: expect.any(Number) },
    ]);
    const { made } = await repairedBy(['smooth', 'absorb-bias']);
    expect(made.taken).toEqual([]);
  });

  it('has one grid for what an equalized Clip became, of the bits that its readers ask for', async () => {
    const { made } = await repairedBy(
      ['equalize'],
      { layers: { 'c2/Conv': { 'activation-bits': 16 } } },
      unevenNetwork('Clip'),
    );
    const { activations } = made.quantized.parameters;
    const [output, relu] = [activations.get('r1')!, activations.get('r1/relu')!];
    expect(output.grid.bits).toBe(16);
    expect(relu.grid.bits).toBe(16);
    expect(relu.scale).toBe(output.scale);
    expect(activations.get('r2')!.grid.bits).toBe(8);
  });

  it('has a README that says what was done, and to hand over the repaired model', async () => {
    const { made, ready } = equalized;
    const readmeOf = (repaired: typeof made) => {
      const files = chipFilesOf(ready, candidateFrom(ready, ready.targets[0].config, repaired));
      return String(files.find(({ path }) => path.endsWith('README.md'))!.content);
    };
    expect(readmeOf(made)).toMatch(
      /Repaired by equalize, correct-bias \(\d layers?\).*: hand over `model\.onnx` of this folder/,
    );
    expect(readmeOf({ ...made, taken: [] })).toContain('No step of its recipe found anything to do');
  });

  it('is the same every time', async () => {
    const { made } = await repairedBy(['equalize', 'correct-bias']);
    expect(made.quantized.parameters).toEqual(equalized.made.quantized.parameters);
    expect(made.taken).toEqual(equalized.made.taken);
  });
});
