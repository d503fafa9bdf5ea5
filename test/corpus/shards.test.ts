import { describe, expect, it } from 'vitest';
import type { ModelConfig } from '../../src/config/config.ts';
import type { TargetInput } from '../../src/config/target-id.ts';
import { readEvaluation, writeEvaluation } from '../../src/emulate/evaluation-record.ts';
import { gate } from '../../src/run.ts';
import { calibrateModel, calibrationOf } from '../../src/steps/calibrate.ts';
import { evaluateShard } from '../../src/steps/evaluation-shard.ts';
import { prepare } from '../../src/steps/prepare.ts';
import { type CorpusModel, configOf, corpusContext } from './support.ts';

/** A few of the samples, so that two ways to go over them take seconds. */
function shortened(model: CorpusModel, targets: readonly TargetInput[], samples: number): ModelConfig {
  const config = configOf(model, targets);
  const few = ({ range }: { range?: readonly [number, number] }, count: number) =>
    [range![0], range![0] + count] as const;
  return {
    ...config,
    calibration: { ...config.calibration, range: few(config.calibration, 10) },
    evaluation: { ...config.evaluation, range: few(config.evaluation, samples) },
  };
}

const nothing = { baselineFolder: undefined, commit: null, date: new Date(0), writeChipFile: async () => {} };

describe('two shards of calibration and three of evaluation', () => {
  it.each([
    ['classes', shortened('kws-dscnn', ['tensorrt', 'onnxruntime'], 500)],
    ['pictures, whose scores show every bit of an output', shortened('sed-unet', ['snpe'], 6)],
    ['boxes, whose metric is no mean', shortened('fastestdet', ['tensorrt'], 12)],
  ])('give the report of one runner, bit for bit: %s', async (_, config) => {
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
      const shard = await evaluateShard(prepared, calibration, undefined, { index, count: 3 }, context);
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
