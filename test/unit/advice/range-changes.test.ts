import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  betterHalf,
  changedRanges,
  isWorse,
  type RangeChange,
  suggestionOf,
} from '../../../src/advice/range-changes.ts';
import { quantParams } from '../../../src/numerics/grid.ts';
import { makeNode } from '../../../src/onnx/graph.ts';
import { bitUse } from '../../../src/quantization/bit-use.ts';
import { withRanges } from '../../../src/quantization/quantized.ts';
import type { LoadedModel } from '../../../src/runtime/load-model.ts';
import { type Chip, targets } from '../../../src/targets/index.ts';
import { loader } from '../../support/load-model.ts';
import { noise, random } from '../../support/models.ts';
import { attributionOf, findingsOf, unit } from './findings.ts';

let model: LoadedModel;
beforeAll(async () => {
  model = await (await loader())({
    nodes: [makeNode('MatMul', ['x', 'w'], ['h']), makeNode('MatMul', ['h', 'v'], ['y'])],
    inputs: [{ name: 'x', dims: ['N', 8] }],
    outputs: [{ name: 'y', dims: ['N', 4] }],
    constants: { w: random([8, 8], 1), v: random([8, 4], 2) },
  });
});

const values = { x: noise(20_000, 4), h: noise(20_000, 5), y: noise(5_000, 6) };
const pins = { h: { alpha: -64, beta: 64 }, x: { alpha: -4, beta: 4 } };

describe('suggestionOf', () => {
  const attribution = attributionOf(
    unit('y/MatMul', 'activationRound', 1, 0.1),
    unit('h/MatMul', 'activationRound', 2, 0.01),
  );

  it.each<Chip>(['snpe', 'tensorrt'])('lays the grid of the best range when it is pinned: %s', (chip) => {
    const { quantized, activationBits, histograms } = findingsOf(model, values, {
      attribution,
      pins,
      chip,
    });
    const changes = suggestionOf(attribution, quantized.units, activationBits);
    expect(changes.map(({ tensor }) => tensor)).toEqual(['h', 'x']);
    for (const { tensor, alpha, beta, predictedGainBits, predictedGainDb } of changes) {
      const grid = targets[chip].activations.grid(8);
      const pinned = bitUse(
        histograms.get(tensor)!,
        quantParams({ alpha, beta }, grid),
        [...quantized.parameters.activations.values()][0].grid,
      )!;
      expect(pinned.bitsLost).toBeLessThan(0.01);
      const gained = pinned.effectiveBits - activationBits.get(tensor)!.effectiveBits;
      expect(gained).toBeCloseTo(predictedGainBits, 2);
      expect(predictedGainDb).toBeCloseTo(6.0206 * predictedGainBits, 3);
    }
  });

  it('leaves out tensors that waste next to nothing and units whose activations are not to blame', () => {
    const good = findingsOf(model, { ...values, h: noise(20_000, 8) }, { attribution });
    expect(suggestionOf(attribution, good.quantized.units, good.activationBits)).toEqual([]);
    const late = attributionOf(unit('y/MatMul', 'activationRound', 21));
    const { quantized, activationBits } = findingsOf(model, values, { attribution: late, pins });
    expect(suggestionOf(late, quantized.units, activationBits)).toEqual([]);
  });
});

const change = (tensor: string): RangeChange => ({
  tensor,
  alpha: -1,
  beta: 1,
  predictedGainDb: 1,
  predictedGainBits: 0.17,
});

describe('a measured set of changes', () => {
  const four = ['a', 'b', 'c', 'd'].map(change);
  const effect = (drop: number, flips: { lost: number; gained: number } | null = null) => ({
    drop,
    interval: [drop - 0.01, drop + 0.01] as const,
    flips,
    samples: 50,
  });

  it('is no worse when it is better, or within the noise', () => {
    for (const drop of [-0.3, 0, 0.01]) expect(isWorse(effect(drop))).toBe(false);
    expect(isWorse(effect(0.02))).toBe(true);
    expect(isWorse(effect(0.02, { lost: 1, gained: 0 }))).toBe(false);
  });

  it('is halved, the most valuable first, until nothing is left', () => {
    expect(betterHalf(four)).toEqual(four.slice(0, 2));
    fc.assert(
      fc.property(fc.nat(100), (n) => {
        let changes: readonly RangeChange[] = Array.from({ length: n + 1 }, (_, i) => change(`t${i}`));
        let steps = 0;
        for (; changes.length > 0; steps++) changes = betterHalf(changes);
        expect(steps).toBeLessThan(8);
      }),
    );
  });

  it('replaces the ranges of its tensors, pinned or not, and no others', () => {
    const { quantized } = findingsOf(model, values, { attribution: attributionOf(), pins, chip: 'snpe' });
    const { parameters } = withRanges(quantized, changedRanges([change('h'), change('y')]));
    const repinned = findingsOf(model, values, {
      attribution: attributionOf(),
      pins: { ...pins, h: { alpha: -1, beta: 1 }, y: { alpha: -1, beta: 1 } },
      chip: 'snpe',
    }).quantized.parameters;
    expect(parameters).toEqual(repinned);
    expect(parameters.activations.get('x')).toEqual(quantized.parameters.activations.get('x'));
    expect(parameters.activations.get('h')).not.toEqual(quantized.parameters.activations.get('h'));
  });
});
