import type { ModelConfig, SamplesConfig } from '../config/config.ts';
import { batches } from '../data/batch.ts';
import { openDataset } from '../data/dataset.ts';
import type { Dataset } from '../data/sample.ts';
import { UserError } from '../errors.ts';
import type { Metric } from '../metrics/metric.ts';
import type { Place } from '../paths.ts';
import type { LoadedModel } from '../runtime/load-model.ts';

/** A model of the config, whose samples are opened. */
interface Fed {
  readonly config: ModelConfig;
  readonly model: LoadedModel;
}

/** How many samples run together: their number, and the values that their inputs may hold. */
interface Batched {
  readonly batchSize: number;
  readonly batchElements: number;
}

/** Opens samples as the config names them; `range` overrides the config's. */
export function openSamples(
  samples: SamplesConfig & { readonly labels?: string },
  { config, model }: Fed,
  place: Place,
  range = samples.range,
): Promise<Dataset> {
  const inputs = typeof samples.inputs === 'string' ? samples.inputs : Object.fromEntries(samples.inputs);
  const spec = { inputs, labels: samples.labels, range, preprocess: config.preprocess };
  return openDataset(spec, model.inputs, place);
}

/**
 * Opens the evaluation samples, or a range of them.
 *
 * @throws UserError when they have no labels and the metric needs some
 */
export async function openEvaluation(
  prepared: Fed & { readonly metric: Metric },
  place: Place,
  range = prepared.config.evaluation.range,
): Promise<Dataset> {
  const { config, metric } = prepared;
  const dataset = await openSamples(config.evaluation, prepared, place, range);
  if (metric.labels === 'none' || dataset.labelled !== false) return dataset;
  await dataset.close();
  throw new UserError(
    `${config.name}: metric ${metric.name} needs labels, the evaluation data have none: name them in evaluation.labels`,
  );
}

/** The samples of a data set in the batches that the model takes. */
export function inBatches(
  dataset: Dataset,
  { model, batchSize, batchElements }: Pick<Fed, 'model'> & Batched,
  signal: AbortSignal,
) {
  return batches(dataset.samples(signal), batchSize, model.inputs, batchElements);
}
