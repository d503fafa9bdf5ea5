import { expect, it } from 'vitest';
import { repairSteps } from '../../../../src/config/repair-steps.ts';
import { learnedRepair, preparations, repairsOf } from '../../../../src/pipeline/recover/recipes.ts';
import { targetOf, targets } from '../../../../src/targets/index.ts';
import { schemeOf } from '../../../support/quantized-units.ts';

const scheme = (changes: Parameters<typeof schemeOf>[1]) => schemeOf(targets.snpe, changes);

it('channels are equalized where weights have one scale, and smoothed where there is something to smooth', () => {
  const ways = (granularity: 'per-tensor' | 'per-channel', smoothable: boolean) =>
    preparations(scheme({ granularity }), { smoothable }).map((way) => way.join());
  expect(ways('per-channel', false)).toEqual(['']);
  expect(ways('per-tensor', false)).toEqual(['', 'equalize']);
  expect(ways('per-channel', true)).toEqual(['', 'smooth']);
  expect(ways('per-tensor', true)).toEqual(['', 'equalize', 'smooth']);
});

it('rounding is learned for narrow weights alone', () => {
  const learned = (weightBits: number) => learnedRepair(scheme({ weightBits }))?.includes('adaround');
  expect([4, 8, 16].map(learned)).toEqual([true, undefined, undefined]);
  expect(repairsOf(scheme({})).flat()).not.toContain('adaround');
});

it('every recipe is one that a config may have, and none is tried twice', () => {
  const all = [...repairsOf(scheme({})), learnedRepair(scheme({ weightBits: 4 }))!];
  for (const recipe of all) {
    for (const step of recipe) expect(repairSteps).toContain(step);
    expect(new Set(recipe).size).toBe(recipe.length);
  }
  expect(new Set(all.map(String)).size).toBe(all.length);
});

it('nothing rounds integers where a target has floating-point codes', () => {
  const target = targetOf('tensorrt', { precision: 'fp8' })!;
  expect(repairsOf({ ...scheme({}), target })).toEqual([['correct-bias']]);
});

it('no layer is repaired where all weights are in blocks', () => {
  const target = targetOf('onnxruntime', { blockSize: 32 })!;
  expect(repairsOf({ ...scheme({}), target })).toEqual([]);
});
