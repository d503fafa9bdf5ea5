import { beforeAll, describe, expect, it } from 'vitest';
import type { Attribution } from '../../../src/attribution/attribution.ts';
import { layerNoise, withLayerBudget } from '../../../src/pipeline/layer-budget.ts';
import { type Judged, judged } from '../../support/staged.ts';
import { attributionOf, unit } from '../advice/findings.ts';

let stage: Judged;
beforeAll(async () => {
  stage = await judged();
});

const under = (minSqnrDb: number | undefined, attributed = stage.attributed) => {
  const { prepared, result } = stage;
  const limit = minSqnrDb === undefined ? undefined : { value: minSqnrDb, except: [] };
  const config = { ...prepared.config, budget: { ...prepared.config.budget, minSqnrDb: limit } };
  return withLayerBudget({ ...prepared, config }, result, attributed);
};

describe('the budget on the noise of layers', () => {
  it('changes nothing where there is none, or every layer keeps it', () => {
    expect(under(undefined)).toBe(stage.result);
    expect(under(5).judgement).toEqual(stage.result.judgement);
  });

  it('fails a target with a layer below it, and says which and why', () => {
    const { judgement, ...rest } = under(200);
    expect(judgement.verdict).toBe('fail');
    expect(judgement.reasons[0]).toMatch(/^layer "[hy]\/MatMul": SQNR [\d.]+ dB, .* min-sqnr-db is 200/);
    expect(judgement.reasons.slice(1)).toEqual(stage.result.judgement.reasons);
    expect({ ...rest, judgement: stage.result.judgement }).toEqual(stage.result);
  });

  it('fails a target whose layers could not be measured', () => {
    const { judgement, ...rest } = under(5, { notAttributed: 'no such kernel' });
    expect(judgement).toEqual({
      ...stage.result.judgement,
      verdict: 'fail',
      reasons: [
        'min-sqnr-db is 5, but the layers could not be measured: no such kernel',
        ...stage.result.judgement.reasons,
      ],
    });
    expect({ ...rest, judgement: stage.result.judgement }).toEqual(stage.result);
    expect(under(undefined, { notAttributed: 'no such kernel' })).toBe(stage.result);
  });
});

describe('the noise of layers', () => {
  const conv = unit('conv', 'weightRound');

  it('is that of units with multiplications, ranked or not', () => {
    const { rank: _, impact: __, ...late } = unit('late', 'activationClip');
    const attribution: Attribution = { ...attributionOf(conv, unit('Add', 'output')), unranked: [late] };
    expect(layerNoise(attribution, [{ name: 'late' }, { name: 'conv' }])).toEqual([
      ['conv', { nsr: 0.01, cause: { words: 'weight rounding', share: 1 } }],
      ['late', { nsr: 0.01, cause: { words: 'activation clipping', share: 1 } }],
    ]);
  });

  it('has no cause where there is no error to share', () => {
    const silent = { ...conv, local: { nsr: 0, shares: undefined, clipRate: 0 } };
    expect(layerNoise(attributionOf(silent), [{ name: 'conv' }])).toEqual([
      ['conv', { nsr: 0, cause: undefined }],
    ]);
  });
});
