import { beforeAll, describe, expect, it } from 'vitest';
import { emulationOf } from '../../../src/pipeline/judge.ts';
import { evaluateChanges, type IsRefused, isWorseThan } from '../../../src/pipeline/refused-early.ts';
import { withRanges } from '../../../src/quantization/quantized.ts';
import { noise } from '../../support/models.ts';
import { npyOf } from '../../support/npy.ts';
import { type Changes, type Judged, judged, products } from '../../support/staged.ts';

const SAMPLES = 340;
const EVALUATED = 300;
const x = npyOf({ type: 'float32', dims: [SAMPLES, 8], data: Float32Array.from(noise(8 * SAMPLES, 5)) });
const stageOf = (evaluation: Changes = {}) =>
  judged(
    { evaluation: { inputs: 'x.npy', range: [40, SAMPLES], metric: 'agreement', ...evaluation } },
    products(),
    { 'x.npy': x },
  );

let stage: Judged;
beforeAll(async () => {
  stage = await stageOf();
});

/** The target as it is and one that is destroyed, beside each other. */
async function evaluated({ prepared, candidate, evidence, context }: Judged, isRefused: IsRefused) {
  const destroyed = withRanges(candidate.quantized, new Map([['x', { alpha: -1e4, beta: 1e4 }]]));
  const contestants = [emulationOf('same', candidate.quantized), emulationOf('destroyed', destroyed)];
  const refusals = new Map(contestants.map(({ name }) => [name, isRefused]));
  const contest = { contestants, references: evidence.fp32.references };
  return (await evaluateChanges(prepared, contest, refusals, context)).evaluations;
}

describe('changes that are evaluated', () => {
  it('leave once they surely make a target worse; others are as if nobody had looked', async () => {
    const asJudged = stage.evidence.evaluations.get('snpe')!;
    const evaluations = await evaluated(stage, isWorseThan(asJudged, stage.prepared));
    expect(evaluations.get('same')).toEqual(asJudged);
    const { scores, looked } = evaluations.get('destroyed')!;
    expect(looked).toEqual({ places: expect.any(Array), of: EVALUATED });
    expect(scores.length).toBe(looked!.places.length);
    expect(scores.length).toBeLessThan(EVALUATED / 2);
  });

  it('are compared on the samples that a target saw which stopped early itself', async () => {
    const { scores } = stage.evidence.evaluations.get('snpe')!;
    const places = [3, 5, 7];
    const asJudged = { scores: places.map((place) => scores[place]), looked: { places, of: EVALUATED } };
    // Three samples show nothing.
    const evaluations = await evaluated(stage, isWorseThan(asJudged, stage.prepared));
    expect(evaluations.get('destroyed')!.looked).toBeUndefined();
  });

  it('go to the end with a metric that is no mean over samples', async () => {
    const labels = npyOf({
      type: 'int64',
      dims: [SAMPLES],
      data: BigInt64Array.from({ length: SAMPLES }, (_, i) => BigInt(i % 4)),
    });
    const f1 = await judged(
      { evaluation: { inputs: 'x.npy', labels: 'y.npy', range: [40, SAMPLES], metric: 'f1-macro' } },
      products(),
      { 'x.npy': x, 'y.npy': labels },
    );
    const evaluations = await evaluated(f1, () => true);
    for (const { scores, looked } of evaluations.values())
      expect([scores.length, looked]).toEqual([EVALUATED, undefined]);
  });
});
