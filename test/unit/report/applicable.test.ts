import { describe, expect, it } from 'vitest';
import { applicable } from '../../../src/report/applicable.ts';
import type { JudgedTarget, Report } from '../../../src/report/report-schema.ts';
import { attributed, improved, recovered, sampleReport } from '../../support/sample-reports.ts';

type Target = Report['models'][number]['targets'][number];
type Ranges = Readonly<Record<string, readonly [alpha: number, beta: number]>>;

/** A target that suggests these ranges. */
function suggesting(target: string, ranges: Ranges): JudgedTarget {
  const changes = Object.entries(ranges).map(([tensor, [alpha, beta]]) => ({
    ...{ tensor, alpha, beta },
    ...{ predictedGainDb: 6, predictedGainBits: 1 },
  }));
  return { ...attributed, target, suggestion: { ...attributed.suggestion!, changes } };
}
const error: Target = { target: 'rknn', chip: 'rknn', verdict: 'error', reasons: ['no'] };
const from = (targets: Target[], apply: true | string) =>
  [...applicable(sampleReport(targets), apply)].map(([model, byTarget]) => [
    model,
    [...byTarget].map(([target, { pins }]) => [
      target,
      pins.map(({ tensor, alpha, beta }) => [tensor, alpha, beta]),
    ]),
  ]);

describe('what may be written', () => {
  const snpe = suggesting('snpe', { x: [-1, 1], h: [0, 2] });
  const tensorrt = suggesting('tensorrt', { x: [-2, 2] });
  // biome-ignore format: pairs
  const ofSnpe = ['snpe', [['x', -1, 1], ['h', 0, 2]]];

  it('is what each target suggests, on that target alone', () => {
    expect(from([snpe, tensorrt], true)).toEqual([['signs', [ofSnpe, ['tensorrt', [['x', -2, 2]]]]]]);
  });

  it('is what the named target suggests', () => {
    expect(from([tensorrt, snpe], 'snpe')).toEqual([['signs', [ofSnpe]]]);
    expect(from([tensorrt, snpe], 'nowhere')).toEqual([]);
  });

  it('is nothing of a target without a suggestion', () => {
    expect(from([{ ...snpe, suggestion: null }], true)).toEqual([]);
    expect(from([{ ...snpe, suggestion: undefined }], true)).toEqual([]);
    expect(from([error], true)).toEqual([]);
    expect(from([error, snpe], true)).toEqual([['signs', [ofSnpe]]]);
  });

  it('is the plan of a recovery that keeps the budgets or may, else what is suggested', () => {
    const changesOf = (target: Target) =>
      applicable(sampleReport([target]), true)
        .get('signs')
        ?.get('snpe');
    const plan = recovered.recovery!.plan!;
    expect(changesOf(recovered)).toEqual({
      pins: [],
      layers: new Map(),
      recipe: ['equalize', 'correct-bias'],
    });
    const undecided = { ...plan, standing: 'undecided' as const, changes: improved.recovery!.plan!.changes };
    expect(changesOf({ ...recovered, recovery: { plan: undecided, attempts: [] } })).toEqual({
      pins: [],
      recipe: ['round'],
      layers: new Map([
        ['dw13/conv', { activationBits: 16, weightBits: 16 }],
        ['fc', { activationBits: 16 }],
      ]),
    });
    const changes = { weights: 'per-channel', range: 'kl', ranges: { x: { alpha: -1, beta: 1 } } } as const;
    expect(changesOf({ ...recovered, recovery: { plan: { ...plan, changes }, attempts: [] } })).toEqual({
      weights: 'per-channel',
      range: 'kl',
      layers: new Map(),
      pins: [{ tensor: 'x', alpha: -1, beta: 1 }],
    });
    expect(changesOf(improved)).toEqual({ pins: improved.suggestion!.changes });
    expect(changesOf({ ...improved, suggestion: null })).toBeUndefined();
  });

  it('is nothing of a model that is quantized already, whose own grids are judged', () => {
    const judged = { ...snpe, scheme: { ...snpe.scheme, range: 'file' as const } };
    expect(from([judged], true)).toEqual([]);
    expect(from([judged], 'snpe')).toEqual([]);
  });
});
