import { beforeAll, describe, expect, it } from 'vitest';
import { emulatedModel } from '../../../src/emulation/emulated-model.ts';
import { type Evaluation, firstResults } from '../../../src/evaluation/evaluation.ts';
import { makeNode } from '../../../src/onnx/graph.ts';
import { candidateOf, judgeTarget } from '../../../src/pipeline/judge.ts';
import { floats, makeModel, noise, random } from '../../support/models.ts';
import { type Evaluated, evaluated, products } from '../../support/staged.ts';

/** The candidate of one target, given as the config has it. */
async function candidate(target: unknown) {
  const stage = await evaluated({ targets: [target] });
  return stage.candidate;
}

describe('a candidate', () => {
  it('is the emulation of its target, whose sums ONNX Runtime must leave as they are', async () => {
    const { config, emulation, kernels, quantized } = await candidate('snpe');
    expect(config.id).toBe('snpe');
    expect(quantized.scheme.target.chip).toBe('snpe');
    expect(emulation).toMatchObject({ name: 'snpe', optimize: 'float' });
    expect(emulation.model).toEqual(emulatedModel(quantized, 'integer').model);
    expect(kernels).toBeUndefined();
  });

  it('has integer kernels beside it on ONNX Runtime, under a name of their own', async () => {
    const { kernels } = await candidate('onnxruntime');
    expect(kernels).toMatchObject({ name: 'onnxruntime/int8', optimize: 'integer', overflows: new Map() });
  });

  it('has them, too, where some layers have more bits', async () => {
    const layers = { 'y/MatMul': { 'activation-bits': 16 } };
    const stage = await evaluated({ targets: [{ chip: 'onnxruntime', layers }] });
    const { prepared: ready, candidate: mixed, evidence } = stage;
    expect(mixed.kernels).toMatchObject({ name: 'onnxruntime/int8' });
    expect(judgeTarget(ready, mixed, evidence).integer).toMatchObject({
      beside: { differing: 0, contradicts: false },
    });
  });

  it('says why the integer kernels do not run', async () => {
    for (const bits of ['weight-bits', 'activation-bits'])
      expect((await candidate({ chip: 'onnxruntime', [bits]: 4 })).kernels).toEqual({
        notRun: 'they are for 8 bits',
      });
    const { prepared: ready, calibration } = await evaluated({ targets: ['onnxruntime'] });
    const [planned] = ready.targets;
    const { target } = planned.scheme;
    const narrow = { ...target, qdq: { ...target.qdq!, maxBits: 4 as 8 } };
    const other = { ...planned, scheme: { ...planned.scheme, target: narrow } };
    expect(candidateOf(ready, other, calibration).kernels).toEqual({
      notRun: 'ONNX Runtime int8 takes at most 4 bits, not 8',
    });
    const floating = { ...planned, scheme: { ...planned.scheme, target: { ...target, qdq: undefined } } };
    expect(candidateOf(ready, floating, calibration).kernels).toBeUndefined();
  });

  it('takes the pins of the config, and the histograms of the calibration for the rest', async () => {
    const { quantized } = (await evaluated({ ranges: { x: { alpha: -3, beta: 3 } } })).candidate;
    const { activations } = quantized.parameters;
    expect(activations.get('x')!.beta).toBeCloseTo(3, 1);
    expect(activations.get('r')!.alpha).toBe(0);
  });
});

describe('the judgement of a target', () => {
  it('is of its own scores beside those of FP32, under the budget of the model', async () => {
    const { prepared: ready, candidate: target, evidence } = await evaluated();
    const own = evidence.evaluations.get('snpe')!;
    const scores = own.scores.map((_, i) => Number(i >= 8));
    const wrong = { ...evidence, evaluations: new Map([['snpe', { ...own, scores }]]) };
    const { judgement, integer } = judgeTarget(ready, target, wrong);
    expect(judgement).toMatchObject({
      fp32: 1,
      drop: 8 / 32,
      confidence: 0.95,
      budget: 0.5,
      verdict: 'pass',
    });
    expect(integer).toBeUndefined();
    const strict = { ...ready, maxDrop: { kind: 'points', value: 0.01 } as const };
    expect(judgeTarget({ ...strict }, target, wrong).judgement.verdict).toBe('fail');
  });

  it('is held against the budgets that there are', async () => {
    const verdictOf = async (budget: Record<string, unknown>) => {
      const { prepared: ready, candidate: target, evidence } = await evaluated({ budget });
      return judgeTarget(ready, target, evidence).judgement;
    };
    expect(await verdictOf({ 'min-accuracy': '50%' })).toMatchObject({ verdict: 'pass', budget: null });
    expect(await verdictOf({ 'max-drop': '50pp', 'min-accuracy': '100%' })).not.toMatchObject({
      verdict: 'pass',
    });
    // There is no base to have lost anything against, which must not be green.
    expect(await verdictOf({ 'max-regression': '50pp' })).toMatchObject({
      verdict: 'inconclusive',
      reasons: [
        'on the chip: max-regression is not held against anything: there is no baseline yet',
        expect.stringContaining('which has no budget'),
      ],
    });
  });

  it('counts an inconclusive one as the policy says', async () => {
    const budget = { 'max-drop': '1pp', 'on-inconclusive': 'fail' };
    const { prepared: ready, candidate: target, evidence } = await evaluated({ budget });
    expect(judgeTarget(ready, target, evidence).judgement).toMatchObject({
      verdict: 'fail',
      reasons: [
        expect.stringContaining('straddles'),
        'the observed drop is above the budget',
        'inconclusive, counted as fail by on-inconclusive: fail',
      ],
    });
  });

  it('has the overflows that the evaluation counted', async () => {
    const { prepared: ready, candidate: target, evidence } = await evaluated();
    const own = evidence.evaluations.get('snpe')!;
    const overflows = new Map([['h/MatMul', 7]]);
    const counted = { ...evidence, evaluations: new Map([['snpe', { ...own, overflows }]]) };
    expect(judgeTarget(ready, target, counted).overflows).toBe(overflows);
  });
});

describe('the budgets on bits', () => {
  const POINTS = { 'max-drop': '50pp' };
  const judgementOf = async (...given: Parameters<typeof evaluated>) => {
    const { prepared: ready, candidate: target, evidence } = await evaluated(...given);
    return judgeTarget(ready, target, evidence).judgement;
  };
  /** So large a bias of one channel fits int32 only where its weights have a coarse step, of about 0.6. */
  const coarse = () =>
    makeModel({
      nodes: [makeNode('Gemm', ['x', 'w', 'b'], ['h']), makeNode('MatMul', ['h', 'v'], ['y'])],
      inputs: [{ name: 'x', dims: ['N', 8] }],
      outputs: [{ name: 'y', dims: ['N', 4] }],
      constants: {
        w: random([8, 8], 1),
        b: floats([8], [0, 0, 0, 1e7, 0, 0, 0, 0]),
        v: random([8, 4], 2),
      },
    });
  const targets = ['onnxruntime'];

  it('pass a model whose tensors keep them', async () => {
    const budget = { ...POINTS, 'max-bits-lost': 1, 'min-effective-bits': 4 };
    expect(await judgementOf({ budget })).toMatchObject({ verdict: 'pass' });
  });

  it('hold for weights, with the range of all channels', async () => {
    const lost = await judgementOf({ targets, budget: { ...POINTS, 'max-bits-lost': 1 } }, coarse());
    expect(lost.verdict).toBe('fail');
    const range = /^"w": range \[-(\d+\.?\d*), (\d+\.?\d*)\] is wider than the values/.exec(lost.reasons[0])!;
    expect(Number(range[1])).toBeGreaterThan(50);
    expect(Number(range[2])).toBeGreaterThan(50);
    expect(lost.reasons[0]).toContain(' of 8 bits lost, max-bits-lost is 1');
    const fewest = { ...POINTS, 'min-effective-bits': 4 };
    const kept = await judgementOf({ targets, budget: fewest }, coarse());
    expect(kept.verdict).toBe('fail');
    expect(kept.reasons[0]).toMatch(/^"w": .* of 8 bits effective, .* min-effective-bits is 4$/);
  });

  it('name a weight as the user named it', async () => {
    const stage = await evaluated({ targets, budget: { ...POINTS, 'max-bits-lost': 1 } }, coarse());
    const { quantized } = stage.candidate;
    const model = { ...quantized.model, weightNames: new Map([['w', 'layer.weight']]) };
    const renamed = { ...stage.candidate, quantized: { ...quantized, model } };
    const { judgement } = judgeTarget(stage.prepared, renamed, stage.evidence);
    expect(judgement.reasons[0]).toContain('"layer.weight": ');
  });

  it('hold for activations, with the range that is used', async () => {
    const ranges = { r: { alpha: 0, beta: 255 } };
    const { verdict, reasons } = await judgementOf({ ranges, budget: { ...POINTS, 'max-bits-lost': 1 } });
    expect(verdict).toBe('fail');
    expect(reasons[0]).toMatch(/^"r": range \[0, 255\] is wider than the values, .* of 8 bits lost/);
  });

  it('know the width of each grid', async () => {
    const targets = [{ chip: 'snpe', 'weight-bits': 4, 'activation-bits': 16 }];
    const reasonOf = async (except: string[]) => {
      const budget = { ...POINTS, 'min-effective-bits': { value: 15.9, except } };
      return (await judgementOf({ targets, budget })).reasons[0];
    };
    expect(await reasonOf([])).toMatch(/"[wv]": .* of 4 bits effective/);
    expect(await reasonOf(['w', 'v'])).toMatch(/"[xry]": .* of 16 bits effective/);
  });

  it('know no weight of a product of two activations', async () => {
    const squared = makeModel({
      nodes: [
        makeNode('MatMul', ['x', 'w'], ['h']),
        makeNode('Transpose', ['h'], ['t'], { perm: [1, 0] }),
        makeNode('MatMul', ['h', 't'], ['s']),
        makeNode('MatMul', ['s', 'h'], ['y']),
      ],
      inputs: [{ name: 'x', dims: [1, 8] }],
      outputs: [{ name: 'y', dims: [1, 4] }],
      constants: { w: random([8, 4], 1) },
    });
    const budget = { ...POINTS, 'max-bits-lost': 1, 'min-effective-bits': 4 };
    const { prepared: ready, candidate: target, evidence } = await evaluated({ budget }, squared);
    const { bits, judgement } = judgeTarget(ready, target, evidence);
    expect(target.quantized.plan.layers).toHaveLength(3);
    expect([...bits.weights.keys()]).toEqual(['h/MatMul']);
    expect(judgement.verdict).toBe('pass');
  });

  it('leave out weights and activations without signal, and beat for each layer', async () => {
    const zero = products({ w: floats([8, 8], new Float32Array(64)), v: random([8, 4], 2) });
    const { prepared: ready, candidate: target, evidence } = await evaluated({}, zero);
    let beats = 0;
    const { bits } = judgeTarget(ready, target, evidence, { beat: () => beats++ });
    expect(beats).toBe(2);
    expect([...bits.weights.keys()]).toEqual(['y/MatMul']);
    expect([...bits.activations.keys()]).toEqual(['x']);
  });
});

describe('the integer kernels', () => {
  let stage: Evaluated;
  let result: (changes: Partial<Evaluation>, higherIsBetter?: boolean) => ReturnType<typeof judgeTarget>;
  beforeAll(async () => {
    stage = await evaluated({ targets: ['onnxruntime'] });
    const { prepared: ready, candidate: target, evidence } = stage;
    const { evaluations } = evidence;
    result = (changes, higherIsBetter = true) => {
      const real = { ...evaluations.get('onnxruntime/int8')!, ...changes };
      const metric = { ...ready.metric, higherIsBetter };
      const given = { ...evidence, evaluations: new Map([...evaluations, ['onnxruntime/int8', real]]) };
      return judgeTarget({ ...ready, metric }, target, given);
    };
  });

  it('are compared with FP32 by the metric', () => {
    const scores = noise(32, 3).map((_, i) => Number(i >= 8));
    expect(result({ scores: [...scores] }).integer).toMatchObject({ quantized: 0.75, drop: 0.25 });
    expect(result({ scores: [...scores] }, false).integer).toMatchObject({ quantized: 0.75, drop: -0.25 });
  });

  it('are compared with the emulation sample by sample', () => {
    const { greatest } = stage.evidence.evaluations.get('onnxruntime')!;
    const others = greatest.map((index, i) => (i < 4 ? (index + 1) % 4 : index));
    expect(result({ greatest: others }).integer?.beside).toMatchObject({ differing: 4, samples: 32 });
    expect(result({ greatest }).integer?.beside).toMatchObject({ differing: 0, contradicts: false });
  });

  it('judge, and the first reason says so where they contradict the emulation beyond noise', () => {
    const { judgement, integer } = result({ scores: new Array(32).fill(0) });
    const { quantized: emulated } = result({}).judgement;
    expect(integer?.beside).toMatchObject({ contradicts: true, quantized: 0, emulated });
    expect(judgement).toMatchObject({ verdict: 'fail', quantized: 0 });
    expect(judgement.reasons[0]).toMatch(
      /^by quantization: drop .* of 50\.00 pp, judged by ONNX Runtime's int8 kernels, run for real: on 32 samples they give 0\.00 % where/,
    );
  });

  it('judge without a word where they do not, also beyond the samples of the emulation', () => {
    const { prepared: ready, candidate: target, evidence } = stage;
    const [whole, real] = ['onnxruntime', 'onnxruntime/int8'].map((name) => evidence.evaluations.get(name)!);
    const scores = real.scores.map((score, i) => (i < 16 ? score : 0));
    const evaluations = new Map([
      ['onnxruntime', firstResults(whole, 16)],
      ['onnxruntime/int8', { ...real, scores }],
    ]);
    const { judgement, integer } = judgeTarget(ready, target, { ...evidence, evaluations });
    const rightOf = (all: readonly unknown[]) => all.filter((score) => score === 1).length;
    expect(judgement.quantized).toBe(rightOf(scores) / 32);
    const emulated = rightOf(whole.scores.slice(0, 16)) / 16;
    expect(integer?.beside).toMatchObject({ samples: 16, differing: 0, contradicts: false, emulated });
    expect(judgement.reasons.join()).not.toContain('judged by');
  });

  it('have no result where they did not run', () => {
    const { prepared: ready, candidate: target, evidence } = stage;
    const notRun = { ...target, kernels: { notRun: 'they are for 8 bits' } };
    expect(judgeTarget(ready, notRun, evidence).integer).toBeUndefined();
  });
});
