import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { sampleFolder } from '../../data/sample-folder.ts';
import { quote, UserError } from '../../errors.ts';
import type { Outputs } from '../../metrics/metric.ts';
import type { Tensor } from '../../numerics/tensor.ts';
import { problemOf } from '../failure.ts';
import type { Candidate } from '../judge.ts';
import type { Context, Prepared } from '../prepare.ts';
import { timed } from '../progress.ts';
import { checkedChipFolder } from './chip-folder.ts';
import { compareLayers, type InnerResults, innerTensors } from './compare-layers.ts';
import { type ConsumerJob, type RunConsumer, runJob } from './consumer.ts';
import type { Elsewhere } from './elsewhere.ts';
import { jobOf } from './job-of.ts';
import { expectedOf, type OutputsElsewhere, readNpyOutput, rowOfTensor } from './read-output.ts';
import { type JobSamples, rowsOf } from './write-samples.ts';

/** Samples on which what lies inside of the model is compared. */
const INNER_SAMPLES = 8;

/** What a target is run with. */
export interface LibraryRun {
  readonly run: RunConsumer;
  /** Absolute folder of the run whose chip files are checked. */
  readonly out: string;
  readonly samples: JobSamples;
  /** Absolute folder for the jobs of this target alone. */
  readonly own: string;
}

/**
 * Runs the files of a target in its vendor's library, on all samples for the outputs, and on a few for the tensors inside.
 *
 * @param consumer the script that does
 * @throws UserError when the files are not those of this configuration, or the library fails
 */
export async function runLibrary(
  prepared: Prepared,
  candidate: Candidate,
  consumer: string,
  given: LibraryRun,
  context: Context,
): Promise<Elsewhere> {
  const { run, out, samples, own } = given;
  const files = await checkedChipFolder(prepared, candidate, out);
  await mkdir(own);
  const { job, notes } = await jobOf(prepared, candidate, { files, own }, context);
  const rows = rowsOf(prepared);
  const { evaluation, calibration } = samples;
  const stage = `${prepared.config.name}/${candidate.config.id}/library`;
  const runOn = (name: 'outputs' | 'layers', asked: ConsumerJob, count: number) =>
    timed(`${stage}/${name}`, count * rows, context, (advance) =>
      runJob(consumer, asked, {
        folder: join(own, name),
        samples: { ...evaluation, count },
        calibration,
        run,
        advance: (done) => advance(done * rows),
      }),
    );
  const told = await runOn('outputs', job, evaluation.count);
  const hidden = prepared.readOutputs.find((name) => !told.shown.includes(name));
  if (hidden !== undefined)
    throw new UserError(
      `${told.library} does not show output ${quote(hidden)}, which the metric reads: name another with metric.output`,
    );
  const inner = innerTensors(prepared, candidate);
  const few = Math.min(evaluation.count, Math.ceil(INNER_SAMPLES / rows));
  const outputs = [...new Set([...job.outputs, ...inner.tensors.map(({ tensor }) => tensor)])];
  const asked: InnerResults = {
    folder: join(own, 'layers', 'results'),
    outputs,
    samples: Math.min(few * rows, evaluation.samples),
  };
  const compared = await tryToCompare(prepared, candidate, asked, context, () =>
    runOn('layers', { ...job, outputs }, few),
  );
  return {
    source: 'library',
    library: told.library,
    version: told.version,
    outputs: resultsIn(join(own, 'outputs', 'results'), job.outputs, rows),
    layers: compared.layers,
    notes: [...notes, ...told.notes, ...inner.notes, ...compared.notes],
  };
}

/** What is inside of a model explains, and takes nothing with it where it cannot be seen. */
async function tryToCompare(
  prepared: Prepared,
  candidate: Candidate,
  asked: InnerResults,
  context: Context,
  run: () => Promise<unknown>,
): Promise<Pick<Elsewhere, 'layers' | 'notes'>> {
  try {
    await run();
    const { differences, notes } = await compareLayers(prepared, candidate, asked, context);
    if (differences.along.length === 0)
      return { notes: [...notes, 'the library shows no tensor inside of the model'] };
    const { samples } = asked;
    return { layers: { samples, ...differences, along: [...differences.along] }, notes };
  } catch (error) {
    return { notes: [`the layers are not compared: ${problemOf(error, context.signal)}`] };
  }
}

/** Outputs as a consumer writes them: one folder for each that it was given, one file for each output. */
function resultsIn(folder: string, names: readonly string[], rows: number): OutputsElsewhere {
  return async (sample, like) => {
    const own = sampleFolder(Math.floor(sample / rows));
    const found: [string, Tensor][] = [];
    for (const [i, name] of names.entries()) {
      const where = `output ${quote(name)} of sample ${sample}`;
      const tensor = await readNpyOutput(join(folder, own, `${i}.npy`), where, expectedOf(like[name], rows));
      if (tensor !== undefined) found.push([name, rowOfTensor(tensor, sample % rows, rows)]);
    }
    return Object.fromEntries(found) as Outputs;
  };
}
