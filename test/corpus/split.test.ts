import { describe, expect, it } from 'vitest';
import { cumulativeNsr } from '../../src/attribution/cumulative-error.ts';
import { localErrors } from '../../src/attribution/local/local-errors.ts';
import { inGroups } from '../../src/attribution/local/unit-batches.ts';
import type { Batch } from '../../src/data/batch.ts';
import { emulatedModel } from '../../src/emulation/emulated-model.ts';
import { serializeModel } from '../../src/onnx/model.ts';
import { calibrateModel } from '../../src/pipeline/calibrate.ts';
import { inBatches, openSamples } from '../../src/pipeline/open-samples.ts';
import { prepare } from '../../src/pipeline/prepare.ts';
import { quantize } from '../../src/quantization/quantized.ts';
import type { Runtime, Session } from '../../src/runtime/runtime.ts';
import { tensorSizes, withSampleShapes } from '../../src/runtime/sample-shapes.ts';
import { type CorpusModel, configOf, corpusContext, models } from '../support/corpus.ts';

const chips = ['tensorrt', 'snpe'] as const;
const PROBES = 8;
const CALIBRATION = 8;

/** Splits a model for two targets, per tensor, on evaluation samples, beside plain FP32 passes over them. */
async function attributed(name: CorpusModel) {
  const context = await corpusContext();
  const config = configOf(
    name,
    chips.map((chip) => ({
      chip,
      weights: 'per-tensor' as const,
      'weight-bits': 8 as const,
      'activation-bits': 8 as const,
      range: 'mse' as const,
    })),
  );
  const few = (range: readonly [number, number] | undefined, count: number) =>
    [range![0], range![0] + count] as [number, number];
  const { calibration: all, evaluation } = config;
  const prepared = await prepare(
    { ...config, calibration: { ...all, range: few(all.range, CALIBRATION) } },
    context,
  );
  const calibration = await calibrateModel(prepared, context);
  const samples = await openSamples(evaluation, prepared, context.place, few(evaluation.range, PROBES));
  const probes: Batch[] = [];
  for await (const batch of inBatches(samples, prepared, context.signal)) probes.push(batch);
  await samples.close();
  const plain = await context.runtime.open(serializeModel(prepared.model.model), { optimize: 'float' });
  const pass = () =>
    timeOf(async () => {
      for (const batch of probes) await plain.run(batch.inputs);
    });
  await pass();
  const results = [];
  for (const target of prepared.targets) {
    const quantized = quantize(target, calibration.histograms, new Map());
    const { units, scheme } = quantized;
    const emulation = emulatedModel(quantized, 'integer');
    const fp32 = ((await pass()) + (await pass())) / 2;
    const { runtime, time } = timedRuntime(context.runtime);
    const groups = inGroups(
      quantized,
      tensorSizes(await withSampleShapes(prepared.model, probes[0].inputs, context.runtime)),
    );
    const errors = await localErrors(quantized, groups, probes, { runtime });
    const cumulative = await cumulativeNsr({ quantized, emulation }, groups, probes, {
      runtime: context.runtime,
    });
    results.push({ chip: scheme.target.chip, units, errors, cumulative, ratio: time() / fp32 });
  }
  await plain.close();
  return results;
}

/** Processor time of some work in milliseconds: unlike the clock, it is much the same on a busy machine. */
async function timeOf(work: () => Promise<unknown>): Promise<number> {
  const start = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000;
}

/** A runtime that measures what the runs of its sessions take. */
function timedRuntime(runtime: Runtime): { runtime: Runtime; time: () => number } {
  let total = 0;
  const open: Runtime['open'] = async (...given) => {
    const session = await runtime.open(...given);
    const run: Session['run'] = async (...feeds) => {
      let results: Awaited<ReturnType<Session['run']>> = {};
      total += await timeOf(async () => {
        results = await session.run(...feeds);
      });
      return results;
    };
    return { ...session, run };
  };
  return { runtime: { ...runtime, open }, time: () => total };
}

describe.each(models)('%s', (name) => {
  it('has a split for every unit whose shares add to 1', async () => {
    for (const { chip, units, errors, cumulative, ratio } of await attributed(name)) {
      console.log(`${name} ${chip}: ${units.length} units, ${ratio.toFixed(1)} times an FP32 pass`);
      expect([...errors.keys()]).toEqual(units.map((unit) => unit.name));
      for (const [unit, { nsr, shares, clipRate }] of errors) {
        expect(nsr, unit).toBeGreaterThanOrEqual(0);
        expect(nsr, unit).toBeLessThan(2);
        expect(clipRate, unit).toBeLessThan(0.5);
        const sum = shares === undefined ? 1 : Object.values(shares).reduce((a, b) => a + b, 0);
        expect(Math.abs(sum - 1), unit).toBeLessThan(1e-6);
        expect(Number.isFinite(cumulative.get(unit)), `${unit} cumulative ${cumulative.get(unit)}`).toBe(
          true,
        );
      }
      if (name === 'mobilenet-v1-025') {
        const top = [...errors].toSorted(([, a], [, b]) => b.nsr - a.nsr).slice(0, 5);
        for (const [unit, { nsr, shares }] of top)
          console.log(`  ${unit} NSR ${nsr.toExponential(2)} ${JSON.stringify(shares)}`);
        expect(top[0][0], 'channels of depthwise weights differ 50 to 200 times').toMatch(/dw/);
        for (const [unit, { shares }] of top) expect(shares!.weightRound, unit).toBeGreaterThan(0.9);
      }
    }
  });
});
