import { beforeAll, describe, expect, it } from 'vitest';
import { choicesSha256 } from '../../../src/config/config-hash.ts';
import type { TargetConfig } from '../../../src/config/target-id.ts';
import type { Score } from '../../../src/metrics/metric.ts';
import { comparedWithBase } from '../../../src/pipeline/judge-regression.ts';
import { version } from '../../../src/version.ts';
import { type Evaluated, evaluated } from '../../support/staged.ts';

let stage: Evaluated;
beforeAll(async () => {
  stage = await evaluated({
    targets: [{ chip: 'snpe', layers: { 'y/MatMul': { 'activation-bits': 16 } } }],
    budget: { 'max-drop': '50pp', 'max-regression': '0.1pp' },
  });
});

/** What becomes of the same scores as the base has, where it was measured with these choices. */
function besideBase(changes: Partial<TargetConfig>, stop?: { readonly at: number; readonly of: number }) {
  const { prepared, candidate, evidence } = stage;
  const { scores } = evidence.evaluations.get(candidate.emulation.name)!;
  const { granularity: weights, weightBits, activationBits, range } = candidate.quantized.scheme;
  const stored = {
    target: 'snpe',
    scheme: { weights, weightBits, activationBits, range },
    rangesSha256: choicesSha256({ ...candidate.config, ...changes }),
    modelSha256: prepared.model.sha256,
    value: 1,
    scores: [...scores],
    drop: 0,
    interval: [0, 0] as [number, number],
    worstLayer: null,
    maxBitsLost: null,
  };
  const point = (day: number, targets: readonly string[]) => ({
    commit: day === 2 ? null : `${day}`.repeat(40),
    date: `2026-11-0${day}T00:00:00.000Z`,
    tool: version,
    metric: 'agreement',
    fp32: 1,
    targets: targets.map((target) => ({ ...stored, target, int8: day / 10 })),
  });
  const history = [point(1, ['snpe']), point(2, ['snpe', 'ncnn']), point(3, ['ncnn'])];
  const baseline = { ...evidence.fp32, tool: version, targets: [stored], history };
  const lookup = { state: 'compared', baseline, sha256: 'e'.repeat(64) } as const;
  const fp32 = evidence.fp32.scores;
  if (stop === undefined) return comparedWithBase(prepared, candidate, lookup, { scores, fp32 });
  const { at, of } = stop;
  const looked = { places: Array.from({ length: at }, (_, i) => i), of };
  const seen = { scores: scores.slice(0, at), fp32: fp32.slice(0, at), looked };
  const wrongSeen = (all: readonly Score[]) => all.map((score, i) => (i < 8 ? 0 : score));
  const targets = [{ ...stored, scores: wrongSeen(stored.scores) }];
  const changed = { ...lookup, baseline: { ...baseline, scores: wrongSeen(baseline.scores), targets } };
  return comparedWithBase(prepared, candidate, changed, seen);
}

describe('a target of the head beside INT8 of the base', () => {
  it('has lost nothing where model, ranges, recipe and layers are the same and so are the scores', () => {
    expect(besideBase({})).toMatchObject({ verdict: 'pass', against: 'int8', missing: undefined });
  });

  it('is shown beside what the base has of the same samples where it stopped early, else of all', () => {
    const wrong = besideBase({}, { at: 8, of: 40 })!;
    expect(wrong.base).toEqual({ fp32: 0, int8: 0 });
    expect(besideBase({})!.base).toEqual({ fp32: 1, int8: 1 });
    expect(besideBase({}, { at: 16, of: 40 })!.base.fp32).toBe(0.5);
  });

  it('has what was recorded of it earlier, with day and commit', () => {
    expect(besideBase({})!.history).toEqual([
      { int8: 0.1, date: '2026-11-01T00:00:00.000Z', commit: '1'.repeat(40) },
      { int8: 0.2, date: '2026-11-02T00:00:00.000Z', commit: null },
    ]);
  });

  it.each<[what: string, of: Partial<TargetConfig>]>([
    ['recipe', { recipe: ['round'] }],
    ['layers', { layers: new Map() }],
    ['bits of a layer', { layers: new Map([['y/MatMul', { activationBits: 12 }]]) }],
    ['ranges', { ranges: new Map([['x', { alpha: 0, beta: 1 }]]) }],
  ])('is compared with another one where the base was measured with other %s', (_, of) => {
    expect(besideBase(of)).toMatchObject({ verdict: 'inconclusive', against: 'int8', missing: undefined });
  });
});
