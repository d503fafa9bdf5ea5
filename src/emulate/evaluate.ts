import type { Batch } from '../data/batch.ts';
import type { Metric, Outputs, Reference, Score } from '../data/metrics/metric.ts';
import { scoreSample } from '../data/metrics/score-sample.ts';
import { UserError } from '../errors.ts';
import { elementCount, type Tensor } from '../numerics/tensor.ts';
import type { Session } from '../runtime/runtime.ts';

/** What one model did on the evaluation samples, in their order. */
export interface Evaluation {
  readonly scores: readonly Score[];
  /** What a metric that compares with FP32 keeps of each sample; empty for other metrics and quantized models. */
  readonly references: readonly Reference[];
}

/**
 * Runs a session over batches and scores every sample. Only scores are kept.
 *
 * @param references what `metric.keep` kept of the FP32 model, or `'keep'` when this is the FP32 model
 * @param watch sees the outputs of each sample before they are dropped
 * @throws UserError when a label is missing, or outputs do not fit the metric, naming the sample
 */
export async function evaluate(
  session: Session,
  batches: AsyncIterable<Batch>,
  metric: Metric,
  references: readonly Reference[] | 'keep',
  onSamples: (count: number) => void,
  watch?: (sample: number, outputs: Outputs) => void,
): Promise<Evaluation> {
  const scores: Score[] = [];
  const kept: Reference[] = [];
  for await (const batch of batches) {
    const results = await session.run(batch.inputs);
    for (const [row, sample] of batch.indices.entries()) {
      const outputs = rowOf(results, row, batch.size);
      const label = batch.labels[row];
      if (metric.labels !== 'none' && label === undefined) {
        throw new UserError(
          `metric ${metric.name} needs labels, sample ${sample} has none: name them in evaluation.labels`,
        );
      }
      if (references === 'keep' && metric.keep !== undefined) kept.push(metric.keep(outputs));
      const reference = references === 'keep' ? kept.at(-1) : references[scores.length];
      scores.push(scoreSample(metric, sample, outputs, label, reference));
      watch?.(sample, outputs);
    }
    onSamples(batch.indices.length);
  }
  return { scores, references: kept };
}

/** The outputs of one sample of a batch, as views. */
function rowOf(results: Record<string, Tensor>, row: number, size: number): Outputs {
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
