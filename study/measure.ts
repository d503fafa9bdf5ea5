import { fullNsr } from '../src/attribution/impact/impact.ts';
import type { Calibration } from '../src/calibration/calibration-record.ts';
import { resolveTarget, type TargetConfig, type TargetInput } from '../src/config/target-id.ts';
import { aggregateScores } from '../src/metrics/score-sample.ts';
import { type Contestant, evaluateSideBySide, FP32 } from '../src/pipeline/evaluate.ts';
import { fp32Contestant } from '../src/pipeline/find-baseline.ts';
import { emulationOf } from '../src/pipeline/judge.ts';
import { type Context, type Prepared, plannedTarget } from '../src/pipeline/prepare.ts';
import { readRepairSamples } from '../src/pipeline/repair-samples.ts';
import { repairTarget } from '../src/pipeline/repair-target.ts';
import type { RepairSamples } from '../src/recovery/repair.ts';

/** A way to quantize a model. */
export interface Way {
  readonly title: string;
  readonly target: TargetInput;
}

/** What a way came to. */
export interface Outcome {
  readonly title: string;
  /** The metric on the evaluation samples. */
  readonly value: number;
  /** Noise / signal power of the outputs of calibration samples that repaired nothing. */
  readonly nsr: number;
  readonly seconds: number;
}

/** A model on which ways are compared. */
export interface Subject {
  readonly prepared: Prepared;
  readonly calibration: Calibration;
  readonly context: Context;
}

/** So many models are held at once. */
const SIDE_BY_SIDE = 4;

/** Quantizes, repairs and evaluates a model in each of the ways; FP32 comes first. */
export async function outcomesOf(subject: Subject, ways: readonly Way[]): Promise<Outcome[]> {
  const { prepared, context } = subject;
  const samples = await readRepairSamples(prepared, context);
  const outcomes: Outcome[] = [];
  for (let i = 0; i < ways.length; i += SIDE_BY_SIDE) {
    const made: { contestant: Contestant; nsr: number; seconds: number }[] = [];
    for (const way of ways.slice(i, i + SIDE_BY_SIDE)) made.push(await makeOf(subject, way, samples));
    const first = i === 0 ? [fp32Contestant(prepared)] : [];
    const contestants = [...first, ...made.map(({ contestant }) => contestant)];
    const { evaluations } = await evaluateSideBySide(prepared, { contestants, references: [] }, context);
    const metricOf = (name: string) => aggregateScores(prepared.metric, evaluations.get(name)!.scores);
    if (i === 0) outcomes.push({ title: 'FP32', value: metricOf(FP32), nsr: 0, seconds: 0 });
    for (const { contestant, nsr, seconds } of made)
      outcomes.push({ title: contestant.name, value: metricOf(contestant.name), nsr, seconds });
  }
  return outcomes;
}

async function makeOf(
  { prepared, calibration, context }: Subject,
  { title, target }: Way,
  samples: RepairSamples,
): Promise<{ contestant: Contestant; nsr: number; seconds: number }> {
  const config: TargetConfig = resolveTarget(target, 'mse');
  const start = context.now();
  const planned = plannedTarget(config, prepared.model);
  const input = { histograms: calibration.histograms, samples, name: title };
  const { quantized } = await repairTarget(prepared, planned, input, context);
  const seconds = (context.now() - start) / 1000;
  const nsr = await fullNsr(quantized, samples.apart, context.runtime, prepared.readOutputs);
  return { contestant: emulationOf(title, quantized), nsr, seconds };
}
