import { describe, expect, it } from 'vitest';
import type { ModelConfig } from '../../src/config/config.ts';
import { readEvaluation, writeEvaluation } from '../../src/emulate/evaluation-record.ts';
import { gate } from '../../src/run.ts';
import { calibrateModel, calibrationOf } from '../../src/steps/calibrate.ts';
import { evaluateShard } from '../../src/steps/evaluation-shard.ts';
import { prepare } from '../../src/steps/prepare.ts';
import { configOf, corpusContext } from './support.ts';

/** A few of the samples, so that two ways to go over them take seconds. */
function shortened(metric: string, maxDrop: string | number): ModelConfig {
  const config = configOf('kws-dscnn', ['tensorrt', 'onnxruntime']);
  return {
    ...config,
    calibration: { ...config.calibration, range: [0, 50] },
    evaluation: { ...config.evaluation, range: [100, 600], metric: { name: metric } },
    budget: { ...config.budget, maxDrop },
  };
}

const nothing = { baselines: undefined, commit: null, date: new Date(0), writeChipFile: async () => {} };

describe('two shards of calibration and three of evaluation', () => {
  // Every bit of an output shows in kl, and samples run in batches of 16.
  it.each([
    ['top1', '50pp'],
    ['kl', 1],
  ])('give the report of one runner, bit for bit: %s', async (metric, maxDrop) => {
    const config = shortened(metric, maxDrop);
    const input = { ...nothing, config: { provider: 'cpu', models: [config] } as const };
    const { times: __, ...whole } = await gate({ ...input, shards: new Map() }, await corpusContext());

    const context = await corpusContext();
    const prepared = await prepare(config, context);
    const calibrations = [];
    for (const index of [2, 1])
      calibrations.push(await calibrateModel(prepared, context, { index, count: 2 }));
    const evaluations = [];
    for (const index of [3, 1, 2]) {
      const calibration = await calibrationOf(prepared, calibrations, context);
      const shard = await evaluateShard(
        prepared,
        { calibration, baselines: undefined, shard: { index, count: 3 } },
        context,
      );
      evaluations.push(readEvaluation(writeEvaluation(shard), 'shard'));
    }
    const { times: ___, ...merged } = await gate(
      {
        ...input,
        shards: new Map([[config.name, calibrations]]),
        evaluations: new Map([[config.name, evaluations]]),
      },
      context,
    );
    expect(merged).toEqual(whole);
  });
});
