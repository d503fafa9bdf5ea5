import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RepairStep } from '../../../src/config/repair-steps.ts';
import { openProducts, type Products } from '../../../src/recovery/gram.ts';
import type { InputMoments } from '../../../src/recovery/layer-sight.ts';
import { repairLayer } from '../../../src/recovery/repair-layer.ts';
import { startRuntime } from '../../../src/runtime/runtime.ts';
import { outputErrors, outputPower, type SeenLayer, seenLayer } from './repairables.ts';

let products: Products;
beforeAll(async () => {
  products = await openProducts(await startRuntime('cpu'));
});
afterAll(() => products.close());

const repair = (layer: SeenLayer, ...steps: RepairStep[]) => repairLayer(layer, steps, products);
const unrepaired = ({ chosen }: SeenLayer) => ({ weight: chosen, bias: undefined });

const layers = fc
  .record({
    seed: fc.integer({ min: 1, max: 1e6 }),
    op: fc.constantFrom('Conv' as const, 'ConvTranspose' as const, 'Gemm' as const),
    groups: fc.integer({ min: 1, max: 3 }),
    rows: fc.integer({ min: 1, max: 4 }),
    depth: fc.integer({ min: 1, max: 7 }),
    bits: fc.constantFrom(3, 4, 8),
    symmetric: fc.boolean(),
    perTensor: fc.boolean(),
    hasBias: fc.boolean(),
    drift: fc.constantFrom(0, 0.1, -0.3),
    driftApart: fc.constantFrom(0, 0.1, 0.5),
  })
  .map((spec) => ({ spec, toString: () => JSON.stringify(spec) }));
const recipes = fc.subarray<RepairStep>(['gptq', 'round', 'correct-bias', 'equalize'], {
  minLength: 1,
});

describe('a repaired layer', () => {
  it('never makes more noise on the samples kept apart, and less with each step that is taken', async () => {
    await fc.assert(
      fc.asyncProperty(layers, recipes, async ({ spec }, steps) => {
        const layer = seenLayer(spec);
        const before = outputPower(layer, unrepaired(layer), layer.apartSeen);
        const made = await repair(layer, ...steps);
        const after = outputPower(layer, made, layer.apartSeen);
        if (made.taken.length === 0) expect(after).toBe(before);
        else expect(after, made.taken.join()).toBeLessThan(before * (1 + 1e-6));
      }),
      { numRuns: 80 },
    );
  });

  it('has weights on the grids that it says, and the bias alone where it has one', async () => {
    await fc.assert(
      fc.asyncProperty(layers, recipes, async ({ spec }, steps) => {
        const layer = seenLayer(spec);
        const { weight, bias, taken } = await repair(layer, ...steps);
        const { places, depth, channels } = layer.form;
        const { qmin, qmax } = layer.chosen.grid;
        expect(weight.params.length).toBe(layer.chosen.params.length);
        weight.data.forEach((_, i) => {
          const { scale, zeroPoint } =
            weight.params.length === 1 ? weight.params[0] : weight.params[channels[Math.floor(i / depth)]];
          const code = weight.data[places[i]] / scale + zeroPoint;
          expect(Math.abs(code - Math.round(code))).toBeLessThan(1e-4);
          expect(Math.round(code)).toBeGreaterThanOrEqual(qmin);
          expect(Math.round(code)).toBeLessThanOrEqual(qmax);
        });
        if (!spec.hasBias || !steps.includes('correct-bias')) expect(bias).toBeUndefined();
        expect(steps.filter((step) => taken.includes(step))).toEqual(taken);
        if (taken.length === 0) expect(weight).toEqual(layer.chosen);
      }),
      { numRuns: 80 },
    );
  });

  it.each([
    ['one scale a channel', {}],
    ['one scale', { perTensor: true }],
    ['an asymmetric grid', { symmetric: false }],
    ['groups', { groups: 3 }],
    ['groups with one scale', { groups: 3, perTensor: true }],
    ['groups that share scales', { op: 'ConvTranspose', groups: 2 }],
    ['8 bits', { bits: 8 }],
  ] as const)('makes far less noise on the samples kept apart, with %s', async (what, spec) => {
    const layer = seenLayer({ rows: 6, depth: 12, ...spec });
    const before = outputPower(layer, unrepaired(layer), layer.apartSeen);
    const learned = what === 'one scale a channel' ? (['adaround'] as const) : [];
    for (const step of ['round', 'gptq', ...learned] as const) {
      const made = await repair(layer, step, 'correct-bias');
      expect(made.taken, step).toContain(step);
      expect(outputPower(layer, made, layer.apartSeen), step).toBeLessThan(0.7 * before);
    }
  });
});

it('groups that share scales keep them', async () => {
  let repaired = 0;
  for (let seed = 1; seed <= 8; seed++) {
    const layer = seenLayer({ seed, op: 'ConvTranspose', groups: 2, bits: 3, depth: 8 });
    const { weight, taken } = await repair(layer, 'round');
    expect(weight.params).toEqual(layer.chosen.params);
    repaired += taken.length;
  }
  expect(repaired).toBeGreaterThan(0);
});

describe('a corrected bias', () => {
  it.each([
    ['alone', ['correct-bias']],
    ['behind rounding', ['round', 'correct-bias']],
    ['behind GPTQ', ['gptq', 'correct-bias']],
    ['before rounding', ['correct-bias', 'gptq']],
  ] as const)(
    '%s leaves each output channel with the mean of FP32 on the repairing samples',
    async (_, steps) => {
      for (const spec of [{}, { groups: 2 }, { op: 'ConvTranspose', groups: 2 }, { op: 'Gemm' }] as const) {
        const layer = seenLayer({ ...spec, drift: 0.3 });
        const [before, made] = [unrepaired(layer), await repair(layer, ...steps)];
        expect(made.taken).toContain('correct-bias');
        const means = (which: typeof before | typeof made) =>
          outputErrors(layer, which, layer.repairingSeen).map(({ mean }) => Math.abs(mean));
        expect(Math.max(...means(before))).toBeGreaterThan(0.1);
        expect(Math.max(...means(made)), JSON.stringify(spec)).toBeLessThan(1e-5);
      }
    },
  );

  it('is not taken where it harms the samples kept apart', async () => {
    const layer = seenLayer({ drift: 0.5, driftApart: -0.5, bits: 8 });
    const { taken, bias } = await repair(layer, 'correct-bias');
    expect(taken).toEqual([]);
    expect(bias).toBeUndefined();
  });

  it('is none where the layer has no bias that can be corrected', async () => {
    const { taken, bias } = await repair(seenLayer({ hasBias: false, drift: 0.5 }), 'correct-bias');
    expect([taken, bias]).toEqual([[], undefined]);
  });
});

describe('a step', () => {
  /** Without the correlations between inputs, and what they are off by: nearest rounding is best then. */
  const uncorrelated = ({ form }: SeenLayer, { h, ...moments }: InputMoments): InputMoments => {
    const diagonal = h.map((v, i) => (i % (form.depth + 1) === 0 ? v : 0));
    return { ...moments, h: diagonal, k: diagonal };
  };

  it('is not taken where it changes nothing', async () => {
    const layer = seenLayer({ bits: 8, rows: 2, depth: 3 });
    const moments = layer.repairing.map((each) => uncorrelated(layer, each));
    for (const step of ['gptq', 'round', 'adaround'] as const) {
      const made = await repair({ ...layer, repairing: moments, apart: moments }, step);
      expect(made).toEqual({ weight: layer.chosen, bias: undefined, taken: [] });
    }
  });

  it('is not taken where it helps the repairing samples alone', async () => {
    const layer = seenLayer({ bits: 8, depth: 10 });
    const apart = layer.apart.map((each) => uncorrelated(layer, each));
    for (const step of ['gptq', 'round'] as const) {
      expect((await repair(layer, step)).taken).toEqual([step]);
      const made = await repair({ ...layer, apart }, step);
      expect(made).toEqual({ weight: layer.chosen, bias: undefined, taken: [] });
    }
  });

  it('of a model is none of a layer', async () => {
    const layer = seenLayer();
    const made = await repair(layer, 'equalize', 'smooth', 'absorb-bias');
    expect(made).toEqual({ weight: layer.chosen, bias: undefined, taken: [] });
  });

  it('gives the same bits every time', async () => {
    const steps = ['round', 'gptq', 'adaround', 'correct-bias'] as const;
    const layer = () => seenLayer({ rows: 2, depth: 3 });
    expect(await repair(layer(), ...steps)).toEqual(await repair(layer(), ...steps));
  });
});
