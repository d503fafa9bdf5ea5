import { ahead } from '../data/ahead.ts';
import type { Batch } from '../data/batch.ts';
import { UserError } from '../errors.ts';
import { classOf } from '../metrics/classification.ts';
import type { Metric, Outputs, Reference, Score, Scorer } from '../metrics/metric.ts';
import { LARGEST_FLOAT16 } from '../numerics/float16.ts';
import { elementCount, type Tensor } from '../numerics/tensor.ts';
import type { EvaluatedSession, Ran } from './fp16-session.ts';
import type { SeenSamples } from './looked.ts';
import { emptySketch, type OutputSketch, sketchSample } from './output-sketch.ts';

/** What one model did on the evaluation samples so far, in their order. Outputs themselves are not kept. */
export interface Evaluation {
  readonly scores: Score[];
  /** What a metric that compares with FP32 keeps of each sample; empty for other metrics and quantized models. */
  readonly references: Reference[];
  /** Index of the greatest value of the output that the metric reads (else the first) of each sample, or the class id that it is. */
  readonly greatest: number[];
  /** How many values of a layer's accumulator were beyond its width, by layer. */
  readonly overflows: Map<string, number>;
  /**
   * Of tensors with values beyond binary16 the largest before it was rounded; infinite where one was not finite.
   */
  readonly largest: Map<string, number>;
  /** Of FP32 alone; of others it stays empty. */
  readonly sketch: OutputSketch;
  /** Where it was looked at on the way; else it saw all samples, in their order. */
  readonly looked?: SeenSamples;
}

/** An evaluation of samples that came in the order of `places`, in the order of the data set. */
export function inDataOrder(evaluation: Evaluation, places: readonly number[], of: number): Evaluation {
  const { scores, references, greatest } = evaluation;
  const turns = scores.map((_, i) => i).sort((a, b) => places[a] - places[b]);
  const sorted = <T>(values: readonly T[]) => (values.length === 0 ? [] : turns.map((i) => values[i]));
  return {
    ...evaluation,
    scores: sorted(scores),
    references: sorted(references),
    greatest: sorted(greatest),
    looked: { places: turns.map((i) => places[i]), of },
  };
}

/** An evaluation as if it had ended after its first samples; what it counted stays that of all. */
export function firstResults(evaluation: Evaluation, samples: number): Evaluation {
  const { scores, references, greatest } = evaluation;
  const first = <T>(values: readonly T[]) => values.slice(0, samples);
  return {
    ...evaluation,
    scores: first(scores),
    references: first(references),
    greatest: first(greatest),
  };
}

export function emptyEvaluation(): Evaluation {
  return {
    scores: [],
    references: [],
    greatest: [],
    overflows: new Map(),
    largest: new Map(),
    sketch: emptySketch(),
  };
}

/** One model on its way through the evaluation samples. */
export interface Runner {
  readonly session: EvaluatedSession;
  /** Outputs that count overflows, by layer: they are no outputs of the model. */
  readonly overflows: ReadonlyMap<string, string>;
  readonly metric: Metric;
  /** Of this model: its scores are added to the evaluation when it is finished. */
  readonly scorer: Scorer;
  /** What was kept of the FP32 model, in the order of the samples, or `keep` when this is it. */
  readonly references: readonly Reference[] | 'keep';
}

/**
 * Runs a model over batches, hands each sample to its scorer, and notes the rest in `evaluation`, in their order.
 *
 * @throws UserError when a label is missing, or outputs do not fit the metric, naming the sample
 */
export async function evaluateBatches(
  runner: Runner,
  batches: Iterable<Batch> | AsyncIterable<Batch>,
  evaluation: Evaluation,
): Promise<void> {
  const { session } = runner;
  const runs = ahead(
    batches,
    async (batch) => ({ batch, ...(await session.run(batch.inputs)) }),
    session.atOnce ?? 1,
  );
  for await (const ran of runs) await noteBatch(runner, ran, evaluation);
}

async function noteBatch(
  { session, overflows: counters, metric, scorer, references }: Runner,
  { batch, results, beyond }: Ran & { readonly batch: Batch },
  evaluation: Evaluation,
): Promise<void> {
  for (const [layer, output] of counters) {
    const { overflows } = evaluation;
    overflows.set(layer, (overflows.get(layer) ?? 0) + Number(results[output].data[0]));
    delete results[output];
  }
  for (const [tensor, most] of beyond) {
    const { largest } = evaluation;
    largest.set(tensor, Math.max(largest.get(tensor) ?? 0, most));
  }
  const counted = new Set(counters.values());
  const names = session.outputs.map(({ name }) => name).filter((name) => !counted.has(name));
  for (const [row, sample] of batch.indices.entries()) {
    const made = rowOf(results, row, batch.size);
    const outputs = beyond.size > 0 ? finiteOutputs(made) : made;
    const label = batch.labels[row];
    if (metric.labels !== 'none' && label === undefined) {
      throw new UserError(
        `metric ${metric.name} needs labels, sample ${sample} has none: name them in evaluation.labels`,
      );
    }
    if (references === 'keep') {
      if (metric.keep !== undefined) evaluation.references.push(metric.keep(outputs, names));
      sketchSample(evaluation.sketch, metric, outputs, label);
    }
    const kept = references === 'keep' ? evaluation.references : references;
    const reference = kept[evaluation.greatest.length];
    await scorer.add({ sample, outputs, names, label, reference });
    evaluation.greatest.push(classOf(outputs[metric.output ?? session.outputs[0].name]));
  }
}

/** What a chip whose FP16 overflows gives out can be scored as well: nothing, or the largest number there is. */
function finiteOutputs(outputs: Outputs): Outputs {
  const finite = (x: number) =>
    Number.isNaN(x) ? 0 : Math.min(Math.max(x, -LARGEST_FLOAT16), LARGEST_FLOAT16);
  return Object.fromEntries(
    Object.entries(outputs).map(([name, tensor]) => [
      name,
      tensor.type === 'float32' ? { ...tensor, data: (tensor.data as Float32Array).map(finite) } : tensor,
    ]),
  );
}

/**
 * The outputs of one sample of a batch, as views.
 *
 * @throws UserError when an output does not have a row for each sample
 */
export function rowOf(results: Record<string, Tensor>, row: number, size: number): Outputs {
  if (size === 1) return results;
  return Object.fromEntries(
    Object.entries(results).map(([name, tensor]) => {
      const [rows, ...rest] = tensor.dims;
      const count = elementCount(rest);
      if (rows !== size) throw new UserError(`output "${name}" has ${rows} rows for a batch of ${size}`);
      const data = tensor.data.subarray(row * count, (row + 1) * count);
      return [name, { type: tensor.type, dims: [1, ...rest], data }];
    }),
  );
}
