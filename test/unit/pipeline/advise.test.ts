import { beforeAll, describe, expect, it } from 'vitest';
import type { Attribution } from '../../../src/attribution/attribution.ts';
import { fullNsr } from '../../../src/attribution/impact/impact.ts';
import type { Score } from '../../../src/metrics/metric.ts';
import { type Advised, advise as adviseAll, type Explained } from '../../../src/pipeline/advise.ts';
import type { Evidence } from '../../../src/pipeline/evidence.ts';
import { judgeModels } from '../../../src/pipeline/judge-models.ts';
import type { Context, Prepared } from '../../../src/pipeline/prepare.ts';
import { withRanges } from '../../../src/quantization/quantized.ts';
import { type Judged, judged, staged } from '../../support/staged.ts';

/** Both are far wider than their values: `r` wastes 7 bits of 8, `x` 3. */
const pins = { r: { alpha: 0, beta: 400 }, x: { alpha: -8, beta: 8 } };

/** Advice on one target. */
async function advise(
  prepared: Prepared,
  explained: Explained,
  evidence: Evidence,
  context: Context,
): Promise<Advised> {
  const [advised] = await adviseAll(prepared, [explained], evidence, context);
  expect(advised.notAdvised).toBeUndefined();
  return advised;
}

let wide: Judged;
let attribution: Attribution;
beforeAll(async () => {
  wide = await judged({ ranges: pins, budget: { 'max-drop': '99pp' } });
  if ('notAttributed' in wide.attributed) throw new Error(wide.attributed.notAttributed);
  attribution = wide.attributed;
});

/** Advice on the target as it was judged, with what a test makes up. */
const advised = (
  made: { attribution?: Attribution; scores?: readonly Score[]; best?: Record<string, number> } = {},
) => {
  const { prepared, result, evidence, context } = wide;
  const activations = new Map(
    [...result.bits.activations].map(([name, use]) => {
      const beta = made.best?.[name];
      return [name, beta === undefined ? use : { ...use, best: { alpha: -beta, beta } }];
    }),
  );
  const scores = made.scores ?? result.scores;
  const findings = { ...result, scores, bits: { ...result.bits, activations } };
  return advise(
    prepared,
    { result: findings, attributed: made.attribution ?? attribution },
    evidence,
    context,
  );
};

/** Other scores of the target as it was judged. */
function scored(score: (before: number, sample: number) => number): Score[] {
  return wide.result.scores.map((each, i) => score(each as number, i));
}

const noiseWith = (changes: Record<string, { alpha: number; beta: number }>) =>
  fullNsr(
    withRanges(wide.candidate.quantized, new Map(Object.entries(changes))),
    wide.evidence.probes.batches,
    wide.context.runtime,
  );

describe('a suggestion', () => {
  it('holds the ranges that waste bits, with the metric and the noise that were measured with them', async () => {
    const { suggestion } = await advised();
    const { changes, measured } = suggestion!;
    expect(changes.map(({ tensor }) => tensor)).toEqual(['r', 'x']);
    const { evidence, attributed } = await judged({
      ranges: Object.fromEntries(changes.map(({ tensor, alpha, beta }) => [tensor, { alpha, beta }])),
    });
    const { scores } = evidence.evaluations.get('snpe')!;
    const mean = scores.reduce<number>((sum, score) => sum + (score as number), 0) / scores.length;
    expect(measured.quantized).toBeCloseTo(mean, 12);
    expect(measured.drop).toBeCloseTo(1 - mean, 12);
    const after = (attributed as Attribution).fullNsr;
    expect(measured.outputGainDb).toBeCloseTo(10 * Math.log10(attribution.fullNsr / after), 6);
    expect(measured.outputGainDb).toBeGreaterThan(10);
    // People see where the time went.
    expect(Object.keys(wide.context.times.seconds)).toContain('m/snpe/suggested');
  });

  it('is not made where the metric is worse with it, though there is less noise', async () => {
    const { prepared, result, evidence, context } = wide;
    expect(evidence.evaluations.get('snpe')!.scores).toContain(0);
    // A metric that likes a model the better the less it agrees with FP32.
    const contrary = { ...prepared, metric: { ...prepared.metric, higherIsBetter: false } };
    const { suggestion } = await advise(contrary, { result, attributed: attribution }, evidence, context);
    expect(suggestion).toBeNull();
  });

  it('is made where the metric stays as it was', async () => {
    const { suggestion } = await advised();
    const { quantized } = suggestion!.measured;
    const samples = wide.evidence.fp32.scores.length;
    const asMany = scored((_, sample) => Number(sample < Math.round(quantized * samples)));
    expect((await advised({ scores: asMany })).suggestion?.changes).toEqual(suggestion!.changes);
  });

  it('is not worth an evaluation where it takes less than half a decibel of noise off the outputs', async () => {
    const { suggestion } = await advised();
    const changes = Object.fromEntries(suggestion!.changes.map(({ tensor, ...range }) => [tensor, range]));
    const after = await noiseWith(changes);
    const evaluations = () => wide.shown.filter(({ stage }) => stage === 'm/evaluate').length;
    const none = evaluations();
    const gaining = (gainDb: number) => ({ ...attribution, fullNsr: after * 10 ** (gainDb / 10) });
    expect((await advised({ attribution: gaining(0.4) })).suggestion?.changes.length ?? 0).toBeLessThan(2);
    expect((await advised({ attribution: { ...attribution, fullNsr: 0 } })).suggestion).toBeNull();
    expect((await advised({ attribution: { ...attribution, fullNsr: Number.NaN } })).suggestion).toBeNull();
    expect(evaluations()).toBe(none);
    const enough = (await advised({ attribution: gaining(0.6) })).suggestion!;
    expect(enough.changes).toEqual(suggestion!.changes);
    expect(enough.measured.outputGainDb).toBeCloseTo(0.6, 6);
    expect(evaluations()).toBe(none + 1);
  });

  it('says nothing of a gain over outputs that were all noise', async () => {
    const lost = { ...attribution, fullNsr: Number.POSITIVE_INFINITY };
    const { suggestion } = await advised({ attribution: lost });
    expect(suggestion!.measured).not.toHaveProperty('outputGainDb');
    expect(suggestion!.measured.quantized).toBeGreaterThan(0.9);
  });

  it('is the better half of a set that adds noise as a whole', async () => {
    // Together they clip all of x, the less valuable of the two.
    const { suggestion } = await advised({ best: { x: 1e-3 } });
    expect(suggestion!.changes.map(({ tensor }) => tensor)).toEqual(['r']);
    expect((await advised({ best: { x: 1e-3, r: 1e-3 } })).suggestion).toBeNull();
  });

  it('is left out where every range is as good as the best', async () => {
    const { prepared, result, attributed, evidence, context } = await judged();
    expect((await advise(prepared, { result, attributed }, evidence, context)).suggestion).toBeNull();
  });
});

describe('advice', () => {
  it('is none on a target that was not attributed', async () => {
    const { prepared, result, evidence, context } = wide;
    const attributed = { notAttributed: 'no such kernel' };
    expect(await advise(prepared, { result, attributed }, evidence, context)).toEqual({
      suggestion: null,
      remedies: [],
      rangeMethods: [],
    });
  });

  it('compares no range methods for a target that passes in float32, where no other change is sought', async () => {
    const { prepared, result, attributed, evidence, context } = await judged({
      ranges: pins,
      budget: { 'max-drop': '0pp' },
    });
    const inFp32 = { quantized: 1, drop: 0, verdict: 'pass' as const };
    const fp16 = { nsr: Infinity, overflows: [], inFp32 };
    const { rangeMethods } = await advise(prepared, { result, attributed, fp16 }, evidence, context);
    expect(rangeMethods).toEqual([]);
  });

  it('compares the range methods for a target that does not pass, and for no other', async () => {
    expect(wide.result.judgement.verdict).toBe('pass');
    expect((await advised()).rangeMethods).toEqual([]);
    const strict = await judged({ ranges: pins, budget: { 'max-drop': '0pp' } });
    expect(strict.result.judgement.verdict).not.toBe('pass');
    const { rangeMethods } = await advise(strict.prepared, strict, strict.evidence, strict.context);
    const used = rangeMethods.find(({ isUsed }) => isUsed)!;
    expect(used).toEqual({ range: 'mse', outputNsr: attribution.fullNsr, isUsed: true });
    const better = rangeMethods.filter(({ outputNsr }) => outputNsr < used.outputNsr);
    // The best two by noise have been tried on the evaluation samples.
    for (const [i, each] of better.entries()) {
      if (i > 1) expect(each).not.toHaveProperty('measured');
      else expect(each.measured!.drop).toBeCloseTo(1 - each.measured!.quantized, 12);
    }
  });

  it('has remedies for what the suggestion does not mend', async () => {
    const tooSmall = await judged({ ranges: { x: { alpha: -0.1, beta: 0.1 } } });
    const { prepared, context, evidence, attributed, result } = tooSmall;
    const mended = await advise(prepared, { result, attributed }, evidence, context);
    expect(mended.suggestion!.changes.map(({ tensor }) => tensor)).toEqual(['x']);
    expect(mended.remedies.filter(({ action }) => action === 'widen-pin')).toEqual([]);
    const unmended = await advise(
      prepared,
      { result, attributed: { ...(attributed as Attribution), fullNsr: 0 } },
      evidence,
      context,
    );
    expect(unmended.suggestion).toBeNull();
    expect(unmended.remedies[0]).toMatchObject({ unit: 'h/MatMul', action: 'widen-pin' });
  });

  it('on all targets of a model is measured in one stream', async () => {
    const targets = ['snpe', 'tensorrt', 'cambricon'].map((chip) => ({ chip, ranges: pins }));
    const { config, context, shown } = await staged({
      targets,
      budget: { 'max-drop': '0pp' },
      recover: 'off',
    });
    const input = {
      config: { provider: 'cpu' as const, models: [config] },
      baselines: undefined,
      shards: new Map(),
      commit: null,
      date: new Date(0),
      writeChipFile: async () => {},
    };
    const { models, times } = await judgeModels(input, context);
    const suggested = models[0].targets.filter((target) => 'suggestion' in target && target.suggestion);
    expect(suggested.length).toBeGreaterThan(1);
    const measured = Object.keys(times.seconds).filter((stage) => stage.endsWith('/suggested'));
    expect(measured.length).toBeGreaterThanOrEqual(suggested.length);
    // The verdict's, and that of advice.
    expect(shown.filter(({ stage }) => stage === 'm/evaluate')).toHaveLength(2);
  });
});
