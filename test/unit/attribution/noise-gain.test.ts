import { beforeAll, describe, expect, it } from 'vitest';
import { measureNoiseGains, shortlist } from '../../../src/attribution/impact/noise-gain.ts';
import type { NoiseGains } from '../../../src/baseline/noise-gains.ts';
import { makeNode } from '../../../src/onnx/graph.ts';
import { targets } from '../../../src/targets/index.ts';
import { type Loader, loader } from '../../support/load-model.ts';
import { random } from '../../support/models.ts';
import { batchOf, quantized, stack, stackWeights, WIDTH } from './setup.ts';

let load: Loader;
beforeAll(async () => {
  load = await loader();
});

const probes = [batchOf(8, [WIDTH], 99)];

async function gainsOf(weights = stackWeights) {
  const model = await load(stack(weights));
  const setup = await quantized(model, load.runtime, batchOf(64, [WIDTH], 17), { target: targets.snpe });
  const gains = await measureNoiseGains(setup, probes, load.runtime);
  expect(Object.keys(gains)).toEqual(setup.units.map(({ name }) => name));
  return gains;
}

describe('noise gains', () => {
  it('are 1 at the output of the model', async () => {
    const { 'output r6': last } = await gainsOf();
    expect(last.constant).toBeCloseTo(1, 2);
    expect(Math.abs(last.white - 1)).toBeLessThan(0.3);
  });

  it('are the same on every run, and survive JSON', async () => {
    const gains = await gainsOf();
    expect(await gainsOf()).toEqual(gains);
    expect(JSON.parse(JSON.stringify(gains))).toEqual(gains);
  });

  it('tell a constant from white noise, which pooling averages away', async () => {
    const model = await load({
      nodes: [
        makeNode('Conv', ['x', 'w'], ['c'], { kernel_shape: [1, 1] }),
        makeNode('GlobalAveragePool', ['c'], ['p']),
      ],
      inputs: [{ name: 'x', dims: ['N', 4, 16, 16] }],
      outputs: [{ name: 'p', dims: ['N', 6, 1, 1] }],
      constants: { w: random([6, 4, 1, 1], 3) },
    });
    const batch = batchOf(8, [4, 16, 16], 7);
    const setup = await quantized(model, load.runtime, batch);
    const [{ constant, white }] = Object.values(await measureNoiseGains(setup, [batch], load.runtime));
    // A mean over 256 places has 1/256 of the power.
    expect(white / constant).toBeGreaterThan(1 / 256 / 2);
    expect(white / constant).toBeLessThan((1 / 256) * 2);
  });

  it('stop when they are told to', async () => {
    const setup = await quantized(await load(stack()), load.runtime, batchOf(64, [WIDTH], 17));
    const stopped = measureNoiseGains(setup, probes, load.runtime, {
      signal: AbortSignal.abort(new Error('enough')),
    });
    await expect(stopped).rejects.toThrow('enough');
  });

  it('are zero for what does not reach the output', async () => {
    const gains = await gainsOf((layer) =>
      layer === 6 ? new Float32Array(WIDTH * WIDTH) : stackWeights(layer),
    );
    expect(gains.layer3).toEqual({ constant: 0, white: 0 });
  });
});

describe('the shortlist', () => {
  const names = Array.from({ length: 300 }, (_, i) => `u${i}`);
  const local = new Map(names.map((name, i) => [name, 1 + i]));

  it('is of the twenty units with the greatest product of gain and local NSR', () => {
    const gains: NoiseGains = Object.fromEntries(
      names.map((name, i) => [name, { constant: 1 / (1 + i) ** 2, white: 1 / (1 + i) ** 2 }]),
    );
    expect(shortlist(gains, local)).toEqual(new Set(names.slice(0, 20)));
  });

  it('takes both gains into account', () => {
    const gains: NoiseGains = Object.fromEntries(
      names.map((name, i) => [name, { constant: i === 7 ? 1e6 : 1, white: i === 9 ? 1e6 : 1 }]),
    );
    expect([...shortlist(gains, local)].slice(0, 2)).toEqual(['u9', 'u7']);
  });

  it('begins with units that have no stored gain', () => {
    const gains: NoiseGains = Object.fromEntries(names.slice(1).map((n) => [n, { constant: 1, white: 1 }]));
    expect([...shortlist(gains, local)][0]).toBe('u0');
  });

  it('gives way to all units where more than twenty have no stored gain, as in a model with other names', () => {
    const gains: NoiseGains = Object.fromEntries(names.slice(20).map((n) => [n, { constant: 1, white: 1 }]));
    expect(shortlist(gains, local).size).toBe(20);
    const { u20: _, ...fewer } = gains;
    expect(shortlist(fewer, local).size).toBe(300);
  });

  it('is not misled by names that objects have', () => {
    expect([
      ...shortlist(
        {},
        new Map([
          ['__proto__', 1],
          ['constructor', 2],
        ]),
      ),
    ]).toEqual(['constructor', '__proto__']);
  });

  it('holds all units where there are fewer', () => {
    expect(shortlist({}, new Map([['a', 1]]))).toEqual(new Set(['a']));
  });
});
