import { batches } from '../../data/batch.ts';
import { isFloat, numbersOf } from '../../data/convert.ts';
import { prepareSample } from '../../data/prepare-sample.ts';
import { channelAxis } from '../../data/preprocess.ts';
import type { Sample } from '../../data/sample.ts';
import { UserError } from '../../errors.ts';
import { emptyEvaluation, evaluateBatches } from '../../evaluation/evaluation.ts';
import { withoutFp16 } from '../../evaluation/fp16-session.ts';
import { summarizeOutputs } from '../../evaluation/output-summary.ts';
import { asNumber } from '../../metrics/mean-score.ts';
import type { Metric } from '../../metrics/metric.ts';
import { aggregateScores, openScorer } from '../../metrics/score-sample.ts';
import { mean as average } from '../../numerics/mean.ts';
import { arrayOf, type Tensor } from '../../numerics/tensor.ts';
import type { Port, Session } from '../../runtime/runtime.ts';
import { fp32Problem } from '../../verdict/fp32-sanity.ts';
import { measured } from '../../words/figures.ts';
import { bgrOf, type Preprocessing } from './preprocessings.ts';

/** What a preprocessing comes to. */
export interface TriedPreprocessing {
  readonly preprocessing: Preprocessing;
  /** In the metric's unit. */
  readonly value: number;
  /** As words. */
  readonly figure: string;
  /** Of each sample; undefined where the value is not their mean. */
  readonly scores: readonly number[] | undefined;
  /** Why it is no better than a guess; undefined where it is. */
  readonly problem: string | undefined;
}

/** The best one comes first; of those that the samples do not tell apart the simplest. */
export interface Tried {
  readonly samples: number;
  readonly trials: readonly TriedPreprocessing[];
}

/** What trials run on. */
export interface Trying {
  readonly session: Session;
  readonly ports: readonly Port[];
  readonly metric: Metric;
  /** Milliseconds of a clock that never goes back, at which no trial is begun any more. */
  readonly end: number;
  readonly now: () => number;
}

/** Samples of the first round, which all preprocessings take part in; those near its best go on to all samples. */
const FIRST = 100;
/** What of the values between the best and the worst counts as near. */
const NEAR = 0.15;

/** mAP of a detector that is fed what it was not trained with. */
const LEAST_OF_BOXES = 0.05;

/**
 * Runs the model on labelled samples with each preprocessing: on a hundred, spread over them, and the best ones on all.
 * Then the best one with its channels the other way round, where it has three.
 *
 * @param samples unprepared, in the types of the model's inputs
 * @param preprocessings the simplest first
 * @throws UserError when the model runs with none of them
 */
export async function tryPreprocessings(
  samples: readonly Sample[],
  preprocessings: readonly Preprocessing[],
  trying: Trying,
): Promise<Tried> {
  const few = spread(samples, FIRST);
  const first = await roundOf(few, preprocessings, trying);
  const spanned = Math.abs(first[0].value - first.at(-1)!.value);
  const near = first.filter(({ value }) => Math.abs(value - first[0].value) <= NEAR * spanned);
  const others = first.filter((trial) => !near.includes(trial));
  const isDecided = near.length === 1 || few.length === samples.length || trying.now() > trying.end;
  const used = isDecided ? few : samples;
  const again = preprocessings.filter((each) => near.some(({ preprocessing }) => preprocessing === each));
  const last = isDecided ? near : await roundOf(samples, again, trying);
  const swapped = bgrOf(last[0].preprocessing);
  const colour = trying.ports.some(takesColour);
  const turned = colour && swapped !== undefined ? await roundOf(used, [swapped], trying) : [];
  const comparable = isDecided ? others : [];
  return { samples: used.length, trials: ranked([...last, ...turned, ...comparable], trying.metric) };
}

function takesColour({ dims, type }: Port): boolean {
  return dims.length === 4 && isFloat(type) && dims[channelAxis(dims)] === 3;
}

/** The best first; what its samples do not tell from the best, and is simpler, before it. */
function ranked(trials: readonly TriedPreprocessing[], { higherIsBetter }: Metric): TriedPreprocessing[] {
  const sign = higherIsBetter ? 1 : -1;
  const sorted = [...trials].sort((a, b) => sign * (b.value - a.value));
  const [best] = sorted;
  const chosen = trials.find((each) => !isWorse(each, best, sign)) ?? best;
  return [chosen, ...sorted.filter((each) => each !== chosen)];
}

/** By more than one standard error of the difference, sample by sample; else by anything at all. */
function isWorse(each: TriedPreprocessing, best: TriedPreprocessing, sign: number): boolean {
  const { scores = [] } = each;
  if (best.scores === undefined) return sign * (best.value - each.value) > 0;
  const lost = best.scores.map((score, i) => sign * (score - scores[i]));
  const by = average(lost);
  const variance = average(lost.map((x) => (x - by) ** 2)) / lost.length;
  return by > Math.sqrt(variance);
}

/** So many of them, from the first to the last at equal distances. */
export function spread<T>(all: readonly T[], most: number): T[] {
  if (all.length <= most) return [...all];
  return Array.from({ length: most }, (_, i) => all[Math.floor((i * all.length) / most)]);
}

async function roundOf(
  samples: readonly Sample[],
  preprocessings: readonly Preprocessing[],
  trying: Trying,
): Promise<TriedPreprocessing[]> {
  const trials: TriedPreprocessing[] = [];
  let refusal: unknown;
  for (const preprocessing of preprocessings) {
    if (trials.length > 0 && trying.now() > trying.end) break;
    try {
      trials.push(await trialOf(samples, preprocessing, trying));
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      refusal ??= error;
    }
  }
  if (trials.length === 0) throw refusal;
  return ranked(trials, trying.metric);
}

async function trialOf(
  samples: readonly Sample[],
  preprocessing: Preprocessing,
  { session, ports, metric }: Trying,
): Promise<TriedPreprocessing> {
  const evaluation = emptyEvaluation();
  const scorer = await openScorer(metric, {
    model: 'fp32',
    signal: new AbortController().signal,
    beat: () => {},
  });
  const runner = {
    session: withoutFp16(session),
    overflows: new Map(),
    metric,
    scorer,
    references: 'keep' as const,
  };
  await evaluateBatches(
    runner,
    batches(prepared(samples, preprocessing, ports), fixedBatch(ports), ports),
    evaluation,
  );
  evaluation.scores.push(...(await scorer.finish()));
  const value = aggregateScores(metric, evaluation.scores);
  const figure = measured(value, metric.unit).replace('.00 %', ' %');
  const scores = metric.decomposable ? evaluation.scores.map(asNumber) : undefined;
  const problem =
    fp32Problem(metric, value, summarizeOutputs(evaluation.sketch, evaluation.greatest)) ??
    noBetterThanMean(metric, value, samples) ??
    (metric.labels === 'any' && value < LEAST_OF_BOXES ? 'finds next to nothing' : undefined);
  return { preprocessing, value, figure, scores, problem };
}

async function* prepared(
  samples: readonly Sample[],
  { preprocess }: Preprocessing,
  ports: readonly Port[],
): AsyncGenerator<Sample> {
  for (const sample of samples) {
    const inputs = ports.map(({ name }, i) => {
      const tensor = prepareSample(
        sample.inputs[name],
        ports[i],
        { ports, preprocess },
        `sample ${sample.index}`,
      );
      return [name, tensor] as const;
    });
    yield { ...sample, inputs: Object.fromEntries(inputs) };
  }
}

/** How many samples the model fixes for a run; one where it fixes none. */
export function fixedBatch(ports: readonly Port[]): number {
  const first = ports[0]?.dims[0];
  return typeof first === 'number' && ports.every(({ dims }) => dims[0] === first) ? Math.max(first, 1) : 1;
}

/** Against labels that are tensors, the mean of all of them is the guess. */
function noBetterThanMean(metric: Metric, value: number, samples: readonly Sample[]): string | undefined {
  if (metric.labels !== 'tensor') return undefined;
  const labels = samples.map(({ label }) => label as Tensor);
  const means = labels.map((label) => average(Array.from(numbersOf(label))));
  const mean = average(means);
  const scores = labels.map((label) => {
    const guess = { type: 'float32' as const, dims: label.dims, data: filled(label.data.length, mean) };
    return metric.score({ [metric.output ?? '']: guess }, label, undefined);
  });
  const guessed = metric.aggregate(scores);
  const isBetter = metric.higherIsBetter ? value > guessed : value < guessed;
  return isBetter
    ? undefined
    : `is no better than the mean of the labels as a guess (${guessed.toPrecision(3)})`;
}

function filled(count: number, value: number) {
  return new (arrayOf('float32'))(count).fill(value as never);
}
