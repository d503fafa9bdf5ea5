import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Batch, batches } from '../../data/batch.ts';
import { firstSamples } from '../../data/first-samples.ts';
import type { Dataset } from '../../data/sample.ts';
import { sampleFolder } from '../../data/sample-folder.ts';
import { npyBytes } from '../../data/write-npy.ts';
import { UserError } from '../../errors.ts';
import { openEvaluation, openSamples } from '../open-samples.ts';
import type { Context, Prepared } from '../prepare.ts';

/** Of all samples of a job: what has more is checked on a part of them. */
const MAX_BYTES = 8e9;
/** Samples that a library may take ranges from where its files do not say them. */
const CALIBRATING = 16;

/** Samples in a folder, one folder each, as a model takes them. */
export interface WrittenSamples {
  readonly folder: string;
  /** Number of folders. */
  readonly count: number;
  /** Fewer than the rows of all folders where the last of a fixed size is filled up. */
  readonly samples: number;
}

/** The samples of a model that others run it on. */
export interface JobSamples {
  readonly evaluation: WrittenSamples;
  readonly calibration: WrittenSamples;
}

/** Rows of one folder: more than one where the model takes so many samples together and no others. */
export function rowsOf({ batchSize, model }: Prepared): number {
  return batchSize > 1 && model.inputs.some(({ dims }) => dims[0] === batchSize) ? batchSize : 1;
}

/** The evaluation samples that are checked, as many as are asked for. */
export async function openChecked(
  prepared: Prepared,
  samples: number | undefined,
  { place }: Context,
): Promise<Dataset> {
  const dataset = await openEvaluation(prepared, place);
  return samples === undefined ? dataset : firstSamples(dataset, samples);
}

/** The samples of a data set as they are written: those that a model takes together in one. */
export function inFolders(dataset: Dataset, prepared: Prepared, signal: AbortSignal): AsyncGenerator<Batch> {
  return batches(dataset.samples(signal), rowsOf(prepared), prepared.model.inputs);
}

/**
 * Writes the evaluation samples and the first calibration samples of a model below a folder.
 *
 * @param samples evaluation samples at most; all of them if left out
 * @throws UserError when they take more than 8 GB
 */
export async function writeSamples(
  prepared: Prepared,
  samples: number | undefined,
  folder: string,
  context: Context,
): Promise<JobSamples> {
  const { config, model } = prepared;
  const evaluation = await openChecked(prepared, samples, context);
  const calibration = firstSamples(
    await openSamples(config.calibration, { config, model }, context.place),
    CALIBRATING,
  );
  try {
    return {
      evaluation: await writeAll(evaluation, prepared, join(folder, 'samples'), context),
      calibration: await writeAll(calibration, prepared, join(folder, 'calibration'), context),
    };
  } finally {
    await evaluation.close();
    await calibration.close();
  }
}

async function writeAll(
  dataset: Dataset,
  prepared: Prepared,
  folder: string,
  { signal }: Context,
): Promise<WrittenSamples> {
  await mkdir(folder);
  let count = 0;
  let samples = 0;
  let bytes = 0;
  for await (const { inputs, indices } of inFolders(dataset, prepared, signal)) {
    const own = join(folder, sampleFolder(count++));
    await mkdir(own);
    samples += indices.length;
    for (const [i, { name }] of prepared.model.inputs.entries()) {
      const file = npyBytes(inputs[name]);
      bytes += file.length;
      if (bytes > MAX_BYTES)
        throw new UserError(
          `${prepared.config.name}: the samples take more than ${MAX_BYTES / 1e9} GB on disk: check fewer of them with --samples`,
        );
      await writeFile(join(own, `${i}.npy`), file);
    }
  }
  return { folder, count, samples };
}
