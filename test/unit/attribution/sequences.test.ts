import { beforeAll, describe, expect, it } from 'vitest';
import { measureImpacts } from '../../../src/attribution/impact/impact.ts';
import { localErrors } from '../../../src/attribution/local/local-errors.ts';
import { collectHistograms } from '../../../src/calibration/histograms.ts';
import type { Range } from '../../../src/numerics/grid.ts';
import type { Tensor } from '../../../src/numerics/tensor.ts';
import { planModel } from '../../../src/quantization/planned.ts';
import { quantize } from '../../../src/quantization/quantized.ts';
import { type Chip, targets } from '../../../src/targets/index.ts';
import { type Loader, loader } from '../../support/load-model.ts';
import { random } from '../../support/models.ts';
import { attention, recurrent } from '../../support/sequences.ts';

let load: Loader;
beforeAll(async () => {
  load = await loader();
});

const chips = Object.keys(targets) as Chip[];

/** Everything about one model and chip, calibrated and probed on one sample. */
async function attributed(
  spec: Parameters<Loader>[0],
  chip: Chip,
  inputs: Record<string, Tensor>,
  pins: Record<string, Range> = {},
) {
  const model = await load(spec);
  const target = targets[chip];
  const { granularity } = target.weights;
  const scheme = { target, granularity, weightBits: 8, activationBits: 8, range: 'min-max' as const };
  const planned = planModel(model, scheme);
  const batch = { indices: [0], labels: [undefined], size: 1, inputs };
  const once = async function* () {
    yield batch;
  };
  const observed = [...planned.plan.activations.keys()];
  const histograms = await collectHistograms(
    model,
    { tensors: observed, elements: new Map() },
    once(),
    load.runtime,
  );
  const quantized = quantize(planned, histograms, new Map(Object.entries(pins)));
  const local = await localErrors(quantized, [quantized.units], [batch], { runtime: load.runtime });
  const ends = await measureImpacts(quantized, [batch], load.runtime);
  return { units: quantized.units, local, ends };
}

describe.each(chips)('attribution on %s', (chip) => {
  it.each([
    ['attention', attention, { ids: { type: 'int64', dims: [1, 3], data: BigInt64Array.of(4n, 0n, 9n) } }],
    ['a recurrent model', recurrent, { x: random([5, 1, 3], 8) }],
  ] as const)('covers %s', async (_, spec, inputs) => {
    const { units, local, ends } = await attributed(spec, chip, inputs);
    expect(units.length).toBeGreaterThan(0);
    expect([...ends.impacts.keys()].sort()).toEqual(units.map((u) => u.name).sort());
    for (const [name, { shares }] of local) {
      const sum = shares === undefined ? 1 : Object.values(shares).reduce((a, b) => a + b, 0);
      expect(Math.abs(sum - 1), name).toBeLessThanOrEqual(1e-6);
    }
  });
});

describe('a range that is pinned down to a mask of −10,000', () => {
  it('comes out on top on snpe, as the rounding of what Softmax reads', async () => {
    const ids = { type: 'int64' as const, dims: [1, 3], data: BigInt64Array.of(4n, 0n, 9n) };
    const pins = { masked: { alpha: -10_000, beta: 10 } };
    const { units, local, ends } = await attributed(attention, 'snpe', { ids }, pins);
    const [worst] = ends.impacts.keys();
    expect(units.find((u) => u.name === worst)!.op).toBe('Softmax');
    expect(local.get(worst)!.shares!.activationRound).toBeGreaterThan(0.9);
  });
});
