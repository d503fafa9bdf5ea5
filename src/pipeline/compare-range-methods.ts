import { fullNsr } from '../attribution/impact/impact.ts';
import type { PinnedRanges } from '../config/target-id.ts';
import { allOf } from '../data/ahead.ts';
import type { SeenSamples } from '../evaluation/looked.ts';
import type { Score } from '../metrics/metric.ts';
import type { Histogram } from '../numerics/histogram.ts';
import type { RangeMethodName } from '../numerics/ranges/index.ts';
import { type Quantized, withRangeMethod } from '../quantization/quantized.ts';
import { rangeMethodOf } from '../quantization/scheme.ts';
import { proposableMethods } from '../targets/range-methods-of.ts';
import { compare } from '../verdict/comparison.ts';
import { forProbes } from './beside-probes.ts';
import type { Evidence } from './evidence.ts';
import type { Entrant, Rounds } from './in-rounds.ts';
import type { Context, Prepared } from './prepare.ts';
import { isWorseThan } from './refused-early.ts';
import { isWorthEvaluating } from './worth-evaluating.ts';

/** A target's model and the noise that it was measured to have. */
export interface AsJudged {
  /** Of the contestant. */
  readonly name: string;
  readonly quantized: Quantized;
  readonly pins: PinnedRanges;
  readonly histograms: ReadonlyMap<string, Histogram>;
  /** Noise / signal power of the outputs of the probe samples with every unit quantized. */
  readonly outputNsr: number;
  /** On the evaluation samples, or those of them that were looked at. */
  readonly scores: readonly Score[];
  readonly looked: SeenSamples | undefined;
}

/** What a way to choose the ranges of all activations would leave as output noise. */
export interface MethodNoise {
  readonly range: RangeMethodName | 'file';
  /** Noise / signal power of the outputs of the probe samples. */
  readonly outputNsr: number;
  /** Whether it is the one that was used. */
  readonly isUsed: boolean;
  /** The metric with it, of the few that leave the least noise; left out of one that is surely worse than what is in use. */
  readonly measured?: { readonly quantized: number; readonly drop: number };
}

/** Noise of a few probe samples does not say what the metric makes of it: so many of the best are evaluated. */
const EVALUATED = 2;

/**
 * The output noise that each way to choose ranges would leave, least first, and the metric of the best of those that leave
 * less than the one in use. It tells people which to set, and costs one session and two runs over the probes for each, and
 * one round of evaluations.
 */
export async function* compareRangeMethods(
  prepared: Prepared,
  judged: AsJudged & Pick<Evidence, 'probes' | 'fp32'>,
  context: Context,
): Rounds<readonly MethodNoise[]> {
  const { methods, better } = await noiseOf(prepared, judged, context);
  if (better.length === 0) return methods;
  const evaluations = yield better;
  const { confidence } = prepared.config.budget;
  return methods.map((each) => {
    const evaluation = evaluations.get(nameOf(judged, each.range));
    if (evaluation === undefined) return each;
    const { scores } = judged.fp32;
    const { quantized, drop } = compare(prepared.metric, scores, evaluation.scores, confidence);
    return { ...each, measured: { quantized, drop } };
  });
}

/** All methods, least noise first, and the models of those that are evaluated. */
async function noiseOf(
  prepared: Prepared,
  judged: AsJudged & Pick<Evidence, 'probes'>,
  { runtime, signal }: Context,
): Promise<{ readonly methods: readonly MethodNoise[]; readonly better: readonly Entrant[] }> {
  const { quantized, pins, outputNsr: usedNsr, histograms, probes } = judged;
  const { scheme } = quantized;
  const used = rangeMethodOf(scheme);
  const methods: MethodNoise[] = used === 'file' ? [{ range: used, outputNsr: usedNsr, isUsed: true }] : [];
  // Weights alone have no ranges to choose.
  if (quantized.plan.activations.size === 0) return { methods, better: [] };
  const better = new Map<MethodNoise['range'], Quantized>();
  const { runtime: probing, atOnce } = forProbes(probes, runtime);
  const measure = async (range: RangeMethodName) => {
    signal.throwIfAborted();
    if (range === used) return { range, outputNsr: usedNsr, isUsed: true };
    const other = withRangeMethod(quantized, range, histograms, pins);
    const outputNsr = await fullNsr(other, probes.batches, probing, prepared.readOutputs);
    if (isWorthEvaluating(usedNsr, outputNsr)) better.set(range, other);
    return { range, outputNsr, isUsed: false };
  };
  methods.push(...(await allOf(proposableMethods(scheme.target), measure, atOnce)));
  const sorted = methods.sort((a, b) => a.outputNsr - b.outputNsr);
  const tried = sorted.filter(({ range }) => better.has(range)).slice(0, EVALUATED);
  const isRefused = isWorseThan(judged, prepared);
  return {
    methods: sorted,
    better: tried.map(({ range }) => ({
      name: nameOf(judged, range),
      quantized: better.get(range)!,
      isRefused,
    })),
  };
}

function nameOf({ name }: AsJudged, range: MethodNoise['range']): string {
  return `${name}/${range}`;
}
