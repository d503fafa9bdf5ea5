import { describe, expect, it } from 'vitest';
import { writeBaseline } from '../../../src/baseline/baseline.ts';
import { calibrateModel } from '../../../src/pipeline/calibrate.ts';
import { collectEvidence, type EvidenceStep } from '../../../src/pipeline/collect-evidence.ts';
import { describeSamples } from '../../../src/pipeline/describe-samples.ts';
import { modelWarnings } from '../../../src/pipeline/describe-warnings.ts';
import { FP32 } from '../../../src/pipeline/evaluate.ts';
import { candidateOf, judgeTarget } from '../../../src/pipeline/judge.ts';
import { measureBaseline } from '../../../src/pipeline/measure-baseline.ts';
import { noise } from '../../support/models.ts';
import { npyOf } from '../../support/npy.ts';
import { type Changes, prepared, products } from '../../support/staged.ts';

const SAMPLES = 340;
const EVALUATED = 300;
const x = npyOf({ type: 'float32', dims: [SAMPLES, 8], data: Float32Array.from(noise(8 * SAMPLES, 5)) });
const destroying = { x: { alpha: -1e4, beta: 1e4 } };

/** The first target of a model with 300 evaluation samples, and what was made of them. */
async function evidenceOf(changes: Changes, evaluation: Changes, more: Partial<EvidenceStep['input']> = {}) {
  const inputs = { inputs: 'x.npy', range: [40, SAMPLES], metric: 'agreement' };
  const stage = await prepared({ ...changes, evaluation: { ...inputs, ...evaluation } }, products(), {
    'x.npy': x,
  });
  const { prepared: ready, context } = stage;
  const calibration = await calibrateModel(ready, context);
  const candidates = ready.targets.map((target) => candidateOf(ready, target, calibration));
  const input = { baselines: undefined, evaluations: undefined, commit: null, date: new Date(0), ...more };
  const { evidence } = await collectEvidence(ready, calibration, candidates, { input, context });
  return { ready, candidates, context, evidence, result: judgeTarget(ready, candidates[0], evidence) };
}

describe('stop: early', () => {
  it('fails a destroyed target after dozens of samples, with an interval that holds there', async () => {
    const { evidence, result } = await evidenceOf({ ranges: destroying }, { stop: 'early' });
    const { judgement, stopped, scores } = result;
    expect(judgement.verdict).toBe('fail');
    expect(stopped).toEqual({ at: scores.length, of: EVALUATED, interval: 'always-valid' });
    expect(scores.length).toBeGreaterThanOrEqual(32);
    expect(scores.length).toBeLessThan(100);
    expect(judgement.samples).toBe(scores.length);
    expect(judgement.reasons.at(-1)).toBe(
      `stopped at ${scores.length} of 300 samples: the interval holds wherever one stops`,
    );
    expect(evidence.fp32.scores).toHaveLength(EVALUATED);
  });

  it('passes what loses nothing before the end, and one target without the other', async () => {
    const targets = ['snpe', { chip: 'tensorrt', ranges: destroying }];
    const { evidence, result } = await evidenceOf({ targets }, { stop: 'early' });
    expect(result.judgement.verdict).toBe('pass');
    const seen = [...evidence.evaluations].map(([name, { scores }]) => [name, scores.length] as const);
    expect(Object.fromEntries(seen)[FP32]).toBe(EVALUATED);
    for (const [name, count] of seen) if (name !== FP32) expect(count).toBeLessThan(EVALUATED);
  });

  it('takes integer kernels out together with the emulation beside them', async () => {
    const { evidence, result } = await evidenceOf({ targets: ['onnxruntime'] }, { stop: 'early' });
    const { looked } = evidence.evaluations.get('onnxruntime')!;
    expect(looked!.places.length).toBeLessThan(EVALUATED);
    expect(evidence.evaluations.get('onnxruntime/int8')!.looked).toEqual(looked);
    const { differing, samples } = result.integer!.beside;
    expect(differing / samples).toBeLessThan(0.1);
  });

  it('goes to the end where the verdict is not sure, and gives every sample the score that it has otherwise', async () => {
    const changes = { budget: { 'max-drop': '0pp' } };
    const [early, all] = [await evidenceOf(changes, { stop: 'early' }), await evidenceOf(changes, {})];
    expect(early.result.scores).toEqual(all.result.scores);
    expect(early.result.greatest).toEqual(all.result.greatest);
    expect(early.evidence.fp32).toEqual(all.evidence.fp32);
    expect(early.result.stopped).toBeUndefined();
    const width = ({ interval }: { readonly interval: readonly [number, number] }) =>
      interval[1] - interval[0];
    expect(width(early.result.judgement)).toBeGreaterThan(width(all.result.judgement));
  });

  it('names samples by their number in the data', async () => {
    const { ready, result, evidence } = await evidenceOf({ ranges: destroying }, { stop: 'early' });
    const { worstSamples } = describeSamples(ready, result, evidence);
    const lost = result.looked!.places.filter((_, i) => result.scores[i] === 0).map((place) => 40 + place);
    expect(worstSamples!.map(({ sample }) => sample)).toEqual(lost.slice(0, 20));
  });

  it('compares with what a baseline has of the same samples, and does not run FP32 for it', async () => {
    const { ready, context } = await evidenceOf({}, {});
    const { baseline } = await measureBaseline(ready, context, { commit: null, date: new Date(0) });
    const bytes = Buffer.from(writeBaseline(baseline));
    const baselines = async () => ({ bytes, where: 'm.baseline.json' });
    const { evidence, result } = await evidenceOf({}, { stop: 'early' }, { baselines });
    expect(evidence.evaluations.has(FP32)).toBe(false);
    const { judgement, withBase, looked, scores } = result;
    expect(scores.length).toBeLessThan(EVALUATED);
    const { places } = looked!;
    expect(scores).toEqual(places.map((place) => baseline.targets[0].scores[place]));
    expect(judgement).toMatchObject({ verdict: 'pass', fp32: 1 });
    expect(withBase).toMatchObject({ against: 'int8', onChip: { drop: 0, samples: scores.length } });
  });

  it('leaves nothing out of a baseline', async () => {
    const { result } = await evidenceOf({ ranges: destroying }, { stop: 'early' }, { isWhole: true });
    expect(result.scores).toHaveLength(EVALUATED);
    expect(result.looked).toBeUndefined();
  });

  it('decides nothing where no budget of accuracy is there to decide on', async () => {
    const { result } = await evidenceOf({ budget: { 'max-regression': '50pp' } }, { stop: 'early' });
    expect(result.scores).toHaveLength(EVALUATED);
  });

  it('waits for the least accuracy as well', async () => {
    const budget = { 'max-drop': '50pp', 'min-accuracy': '99.9%' };
    const { result } = await evidenceOf({ budget }, { stop: 'early' });
    expect(result.scores).toHaveLength(EVALUATED);
  });

  it('changes nothing with a metric that is no mean, and says so', async () => {
    const { ready, evidence } = await evidenceOf({}, { stop: 'early' });
    const none = new Map([...evidence.evaluations].map(([name, { looked, ...rest }]) => [name, rest]));
    const warned = (metric: object) =>
      modelWarnings(
        { ...ready, metric: { ...ready.metric, ...metric } },
        { ...evidence, evaluations: none },
        [],
      );
    expect(warned({ decomposable: false })).toContain(
      'm: stop: early changes nothing, as agreement is no mean over samples',
    );
    expect(warned({})).toContainEqual(expect.stringMatching(/changes nothing, as samples of a module/));
    expect(modelWarnings(ready, evidence, []).join()).not.toMatch('stop: early');
  });
});
