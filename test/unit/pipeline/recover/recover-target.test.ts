import { describe, expect, it } from 'vitest';
import { deadlineIn } from '../../../../src/pipeline/recover/deadline.ts';
import { inHigherPrecision } from '../../../../src/pipeline/recover/higher-precision.ts';
import { mostAttempts, recoverTarget } from '../../../../src/pipeline/recover/recover-target.ts';
import { newSearch } from '../../../../src/pipeline/recover/search.ts';
import { readRepairSamples } from '../../../../src/pipeline/repair-samples.ts';
import type { Judged } from '../../../support/staged.ts';
import { judgedChain, judgedProducts } from './blamed.ts';

/** Recovers a target, and holds every search to what it tells of its progress. */
async function recover(
  { prepared, result, attributed, evidence, context }: Judged,
  seconds = 1000,
  ranges: Parameters<typeof recoverTarget>[1]['ranges'] = [],
) {
  let tried = 0;
  const advance = () => void tried++;
  const unrecovered = { result, attributed, ranges };
  const found = await recoverTarget(prepared, unrecovered, { evidence, seconds, advance }, context);
  expect(tried).toBeGreaterThanOrEqual(found.attempts.length);
  expect(tried).toBeLessThanOrEqual(mostAttempts(unrecovered));
  return found;
}
/** An architecture with one scale for the weight of a MatMul. */
const noChannels = { targets: [{ chip: 'snpe', arch: 'v68' }] };
const perTensor = { targets: [{ chip: 'tensorrt', weights: 'per-tensor' }] };

describe('a target that fails', () => {
  it('gets a scale for each channel where that is enough, and nothing else is tried', async () => {
    const stage = await judgedProducts(perTensor);
    expect(stage.result.judgement.verdict).toBe('fail');
    const { plan, attempts, curve, isCut } = await recover(stage);
    expect(plan).toMatchObject({
      kind: 'granularity',
      standing: 'keeps',
      config: { weights: 'per-channel' },
    });
    expect([attempts.length, curve.length, isCut]).toEqual([1, 0, false]);
  });

  it('gets other ranges before anything else', async () => {
    const pins = { x: { alpha: -500, beta: 500 } };
    const stage = await judgedProducts({ targets: [{ chip: 'tensorrt', ranges: pins }] });
    expect(stage.result.judgement.verdict).toBe('fail');
    const ranges = [{ ...stage.candidate.config, ranges: new Map() }];
    const { plan, attempts } = await recover(stage, 1000, ranges);
    expect(plan).toMatchObject({ kind: 'ranges', standing: 'keeps' });
    expect(plan!.config.ranges.size).toBe(0);
    expect(attempts.map(({ kind }) => kind)).toEqual(['ranges']);
  });

  it('gets a recipe where it has no scale for each channel: the one of least noise is among those that are measured', async () => {
    const { plan, attempts, curve } = await recover(await judgedProducts(noChannels));
    expect(plan).toMatchObject({ kind: 'recipe', standing: 'keeps' });
    expect(plan!.config.recipe).toContain('equalize');
    expect(curve).toEqual([]);
    const measured = attempts.filter((each) => 'result' in each).map(({ outputNsr }) => outputNsr);
    expect(measured.length).toBe(3);
    expect(measured).toContain(Math.min(...attempts.map(({ outputNsr }) => outputNsr)));
    for (const each of attempts)
      if ('result' in each) expect(each.result.judgement.confidence).toBeCloseTo(1 - 0.05 / 3, 12);
  });

  it('is recovered in the same way every time', async () => {
    const [first, second] = [await recover(await judgedProducts()), await recover(await judgedProducts())];
    expect(second.attempts.map(({ outputNsr }) => outputNsr)).toEqual(
      first.attempts.map(({ outputNsr }) => outputNsr),
    );
    expect(second.plan!.config).toEqual(first.plan!.config);
    expect(second.plan!.result.scores).toEqual(first.plan!.result.scores);
    expect(second.plan!.candidate.quantized.parameters).toEqual(first.plan!.candidate.quantized.parameters);
  });

  it('says where time ended before anything was found', async () => {
    const { plan, attempts, isCut } = await recover(await judgedProducts(perTensor), 0);
    expect([plan, attempts, isCut]).toEqual([undefined, [], true]);
  });
});

describe('learned rounding', () => {
  const fourBits = { targets: [{ chip: 'snpe', arch: 'v68', 'weight-bits': 4, weights: 'per-channel' }] };
  const kindsIn = async (maxDrop: string) => {
    const stage = await judgedChain([1, 3], { ...fourBits, budget: { 'max-drop': maxDrop } });
    const { attempts } = await recover(stage);
    return attempts.map(({ kind, config }) => (config.recipe.includes('adaround') ? 'learned' : kind));
  };

  it('is tried last, where layers in higher precision do not keep the budgets either', async () => {
    const kinds = await kindsIn('0pp');
    expect(kinds.lastIndexOf('precision')).toBeGreaterThan(kinds.lastIndexOf('recipe'));
    expect(kinds.indexOf('learned')).toBe(kinds.length - 1);
  });

  it('is not tried where they do', async () => {
    const kinds = await kindsIn('15pp');
    expect(kinds).toContain('precision');
    expect(kinds).not.toContain('learned');
  });
});

describe('layers in higher precision', () => {
  // With scales for each channel nothing is equalized, and products of this chip have one scale all the same.
  const noRecipe = { targets: [{ chip: 'snpe', arch: 'v68', weights: 'per-channel' }] };
  const wide = { activationBits: 16, weightBits: 16 };

  it('are the two that are to blame, where no recipe is enough', async () => {
    const { plan, curve, attempts } = await recover(await judgedChain([1, 3], noRecipe));
    expect(plan).toMatchObject({ kind: 'precision', standing: 'keeps' });
    expect(Object.fromEntries(plan!.config.layers)).toEqual({ 'h2/MatMul': wide, 'h4/MatMul': wide });
    expect(curve.map(({ layers }) => layers)).toEqual([1, 2, 4]);
    expect(curve[0].drop).toBeGreaterThan(0.15);
    expect(curve[1].drop).toBeLessThan(0.15);
    const kinds = attempts.map(({ kind }) => kind);
    expect(kinds.indexOf('precision')).toBeGreaterThan(kinds.lastIndexOf('recipe'));
    const last = attempts.at(-1)!;
    expect('result' in last && last.result.judgement.confidence).toBeGreaterThan(0.99);
  });

  const searched = async (stage: Judged, seconds: number) => {
    const { prepared, evidence, context } = stage;
    const samples = await readRepairSamples(prepared, context);
    const search = newSearch({ prepared, evidence, samples, context }, deadlineIn(seconds, context.now));
    const curve = await inHigherPrecision(stage, search);
    return { curve, isCut: search.isCut(), plan: search.best(stage) };
  };

  it('are the three that are to blame, found between too few and enough', async () => {
    const { curve, plan } = await searched(await judgedChain([0, 2, 4], noRecipe), 1000);
    expect(curve.map(({ layers }) => layers)).toEqual([1, 2, 3, 4]);
    expect([...plan!.config.layers.keys()].sort()).toEqual(['h1/MatMul', 'h3/MatMul', 'h5/MatMul']);
    expect(curve[1].drop).toBeGreaterThan(0.15);
    expect(curve[2].drop).toBeLessThan(0.15);
  });

  it('are in floating point where the chip has no wider integers', async () => {
    const { plan } = await searched(await judgedChain([2], perTensor), 1000);
    expect(Object.fromEntries(plan!.config.layers)).toEqual({ 'h3/MatMul': { float: true } });
  });

  it('are none where there is no time', async () => {
    const { curve, plan, isCut } = await searched(await judgedChain([2], perTensor), 0);
    expect([curve, plan, isCut]).toEqual([[], undefined, true]);
  });
});
