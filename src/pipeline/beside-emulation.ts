import type { Evaluation } from '../evaluation/evaluation.ts';
import { onCommon } from '../evaluation/looked.ts';
import type { Metric } from '../metrics/metric.ts';
import { aggregateScores } from '../metrics/score-sample.ts';
import type { JudgedTarget } from '../report/report-schema.ts';
import { contradictsEmulation } from '../verdict/real-run.ts';
import type { Judgement } from '../verdict/verdict.ts';
import { count } from '../words/counts.ts';
import { measured } from '../words/figures.ts';

/** A target that was run for real, which judges it. */
export interface IntegerResult {
  readonly quantized: number;
  readonly drop: number;
  /** How its emulation compares, which explains it. */
  readonly beside: BesideEmulation;
}

/** A real run and its emulation on the samples that both saw. */
export interface BesideEmulation {
  readonly samples: number;
  /** Samples with another greatest output. */
  readonly differing: number;
  readonly quantized: number;
  readonly emulated: number;
  /** Whether the metric of the two differs beyond noise. */
  readonly contradicts: boolean;
}

/** Compares the integer kernels, which judge a target, with its emulation, which explains it. */
export function besideEmulation(
  metric: Metric,
  real: Evaluation,
  emulated: Evaluation,
  budget: { readonly allowed: number | null; readonly confidence: number },
): BesideEmulation {
  const [ofEmulation, ofKernels] = onCommon(emulated, real);
  const greatestOf = ({ greatest, looked }: Evaluation) => ({ scores: greatest, looked });
  const [other, own] = onCommon(greatestOf(emulated), greatestOf(real));
  return {
    samples: ofKernels.length,
    differing: own.filter((index, i) => index !== other[i]).length,
    quantized: aggregateScores(metric, ofKernels),
    emulated: aggregateScores(metric, ofEmulation),
    contradicts: contradictsEmulation(metric, ofEmulation, ofKernels, budget),
  };
}

/** What explains a target is not what judges it, where the two contradict each other. */
export function byRealRun(judged: Judgement, beside: BesideEmulation, { unit }: Metric): Judgement {
  const [first, ...more] = judged.reasons;
  return { ...judged, reasons: [`${first}, ${realRunContradicts(beside, unit)}`, ...more] };
}

/** That the integer kernels contradict their emulation, in words. */
export function realRunContradicts(
  { quantized, emulated, samples }: BesideEmulation,
  unit: Metric['unit'],
): string {
  const [real, other] = [quantized, emulated].map((value) => measured(value, unit));
  return `judged by ONNX Runtime's int8 kernels, run for real: on ${count(samples)} samples they give ${real} where the emulation gives ${other}`;
}

/** What the report says of a real run. */
export function describeRealRun({ quantized, drop, beside }: IntegerResult): JudgedTarget['realInt8'] {
  const { differing, ...compared } = beside;
  const agreement = 1 - differing / compared.samples;
  return { quantized, drop, agreement, differing, judges: true, beside: compared };
}
