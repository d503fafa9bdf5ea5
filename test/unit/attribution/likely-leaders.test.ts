import { beforeAll, describe, expect, it } from 'vitest';
import {
  fewProbes,
  findLikelyLeaders,
  unitsToMeasure,
  unitsToObserve,
} from '../../../src/attribution/impact/likely-leaders.ts';
import type { Quantized } from '../../../src/quantization/quantized.ts';
import type { Runtime } from '../../../src/runtime/runtime.ts';
import { type Loader, loader } from '../../support/load-model.ts';
import { batchOf, quantized, stack, stackWeights, WIDTH } from './setup.ts';

const none = { gains: undefined, ledBefore: [] };
const nsrs = (...values: number[]) => new Map(values.map((nsr, i) => [`u${i}`, nsr]));

describe('units that are measured for the likely leaders', () => {
  it('are eight at most, of the most noise at their own outputs', () => {
    const falling = nsrs(...Array.from({ length: 20 }, (_, i) => 1 / (i + 1)));
    expect([...unitsToMeasure(falling, none)]).toEqual(['u0', 'u1', 'u2', 'u3', 'u4', 'u5', 'u6', 'u7']);
    expect([...unitsToMeasure(nsrs(0.1, 0.2), none)]).toEqual(['u1', 'u0']);
  });

  it('are up to four that led before, whatever their own noise', () => {
    const falling = nsrs(...Array.from({ length: 20 }, (_, i) => 1 / (i + 1)));
    const ledBefore = ['gone', 'u19', 'u18', 'u17', 'u16', 'u15'];
    expect([...unitsToMeasure(falling, { ...none, ledBefore })]).toEqual([
      'u19',
      'u18',
      'u17',
      'u16',
      'u0',
      'u1',
      'u2',
      'u3',
    ]);
  });

  it('are those whose noise arrives at the end, where gains are stored', () => {
    const gains = { u0: { constant: 0, white: 0 }, u1: { constant: 4, white: 1 } };
    expect([...unitsToMeasure(nsrs(0.9, 0.1, 0.2), { ...none, gains })]).toEqual(['u2', 'u1', 'u0']);
  });
});

let load: Loader;
let setup: Quantized;
beforeAll(async () => {
  load = await loader();
  // Half of a layer's weights is far too small for the grid of the whole.
  const rough = (layer: number) =>
    stackWeights(layer).map((w, i) => (layer === 3 && i % 2 === 0 ? w / 500 : w));
  setup = await quantized(await load(stack(rough)), load.runtime, batchOf(64, [WIDTH], 17), {
    granularity: 'per-tensor',
  });
});

const probes = [1, 2, 3, 4].map((seed) => batchOf(2, [WIDTH], seed));
const found = (names: readonly string[], runtime = load.runtime) =>
  findLikelyLeaders(setup, fewProbes(probes), runtime, { among: new Set(names) });

/** A runtime that counts runs. */
function counting(): { runtime: Runtime; runs: () => number } {
  let runs = 0;
  const open: Runtime['open'] = async (...given) => {
    const session = await load.runtime.open(...given);
    const run: typeof session.run = (...fed) => {
      runs++;
      return session.run(...fed);
    };
    return { ...session, run };
  };
  return { runtime: { ...load.runtime, open }, runs: () => runs };
}

describe('units whose local errors are measured first', () => {
  it('are those of the most noise by the bits of what they read, of a large model', () => {
    const [unit] = setup.units;
    const many = Array.from({ length: 50 }, (_, i) => ({
      ...unit,
      name: `u${i}`,
      reads: [{ input: 0, tensor: `t${i}` }],
      layer: undefined,
    }));
    const activations = new Map(many.map((_, i) => [`t${i}`, { effectiveBits: i }]));
    const observed = unitsToObserve(many, { activations, weights: new Map() }, none);
    expect(observed).toEqual(many.slice(0, 32));
    expect(unitsToObserve(setup.units, { activations, weights: new Map() }, none)).toEqual(setup.units);
  });
});

describe('likely leaders', () => {
  it('are three of the measured units by what each alone costs, on the first few probes', async () => {
    const { leaders, measured, fullNsr, probeSamples } = await found([
      'layer1',
      'layer3',
      'layer4',
      'layer6',
    ]);
    expect([measured, probeSamples]).toEqual([4, 2]);
    expect(leaders).toHaveLength(3);
    const costs = leaders.map(({ impact }) => impact.nsr);
    expect(costs).toEqual(costs.toSorted((a, b) => b - a));
    expect(leaders.every(({ impact }) => impact.samples === 2)).toBe(true);
    expect(fullNsr).toBeGreaterThan(costs[1]);
  });

  it('take one run of these probes for each unit, one for all, and one for FP32', async () => {
    const { runtime, runs } = counting();
    await found(['layer1', 'layer2', 'layer3'], runtime);
    expect(runs()).toBe(5);
  });

  it('stop when they are told to', async () => {
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(
      findLikelyLeaders(setup, probes, load.runtime, { among: new Set(['layer1']), signal }),
    ).rejects.toThrow('enough');
  });
});
