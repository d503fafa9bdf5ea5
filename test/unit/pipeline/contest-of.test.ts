import { beforeAll, describe, expect, it } from 'vitest';
import { collectEvidence } from '../../../src/pipeline/collect-evidence.ts';
import { contestOf, onAllSamples } from '../../../src/pipeline/contest-of.ts';
import { FP32 } from '../../../src/pipeline/evaluate.ts';
import type { Runtime } from '../../../src/runtime/runtime.ts';
import { random } from '../../support/models.ts';
import { npyOf } from '../../support/npy.ts';
import { type Evaluated, evaluated, products } from '../../support/staged.ts';

let stage: Evaluated;
beforeAll(async () => {
  stage = await evaluated({ targets: ['onnxruntime'] });
});

const samplesOf = (changes: Partial<Evaluated>) => {
  const { prepared, candidate } = { ...stage, ...changes };
  return contestOf(prepared, [candidate], undefined).contestants.map(({ name, samples }) => [name, samples]);
};

describe('an emulation', () => {
  it('runs on the first samples beside integer kernels, which run on all', () => {
    expect(samplesOf({})).toEqual([
      [FP32, undefined],
      ['onnxruntime', 64],
      ['onnxruntime/int8', undefined],
    ]);
  });

  it('runs on all samples without them', () => {
    const candidate = { ...stage.candidate, kernels: { notRun: 'they are for 8 bits' } };
    expect(samplesOf({ candidate })).toEqual([
      [FP32, undefined],
      ['onnxruntime', undefined],
    ]);
  });

  it('runs on all samples where it counts something, or a part of them may have no metric', () => {
    const { candidate, prepared } = stage;
    const overflows = new Map([['y', 'y_overflow']]);
    const counting = { ...candidate, emulation: { ...candidate.emulation, overflows } };
    const undecomposable = { ...prepared, metric: { ...prepared.metric, decomposable: false } };
    for (const changes of [{ candidate: counting }, { prepared: undecomposable }])
      expect(samplesOf(changes)[1]).toEqual(['onnxruntime', undefined]);
  });

  it('runs on all samples of a shard, whose first are not those of the whole', () => {
    const { contestants } = contestOf(stage.prepared, [stage.candidate], undefined);
    expect(contestants.map(onAllSamples).every((each) => !('samples' in each))).toBe(true);
  });
});

/** A runtime whose integer kernels fail at their second run. */
function failing(runtime: Runtime): Runtime {
  return {
    ...runtime,
    async open(model, options, provider) {
      const session = await runtime.open(model, options, provider);
      let runs = 0;
      const run: typeof session.run = (feeds, fetches) => {
        if (options.optimize === 'integer' && ++runs > 1) throw new Error('no kernel');
        return session.run(feeds, fetches);
      };
      return { ...session, run };
    },
  };
}

it('an emulation whose kernels fail on the way judges on all samples', async () => {
  const { prepared, candidate, calibration, context } = await evaluated(
    { targets: ['onnxruntime'], evaluation: { inputs: 'x.npy', metric: 'agreement', range: [40, 140] } },
    products(),
    { 'x.npy': npyOf(random([140, 8], 42)) },
  );
  const input = { baselines: undefined, commit: null, date: new Date(0) };
  const { evidence, failures } = await collectEvidence(
    { ...prepared, batchSize: 1 },
    calibration,
    [candidate],
    {
      input,
      context: { ...context, runtime: failing(context.runtime) },
    },
  );
  expect([...failures.keys()]).toEqual(['onnxruntime/int8']);
  expect(evidence.evaluations.get('onnxruntime')!.scores).toHaveLength(100);
});
