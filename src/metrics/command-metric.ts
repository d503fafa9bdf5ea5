import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sampleFolder } from '../data/sample-folder.ts';
import { npyBytes } from '../data/write-npy.ts';
import { UserError } from '../errors.ts';
import type { Tensor } from '../numerics/tensor.ts';
import type { Place } from '../paths.ts';
import { sha256OfFiles } from '../sha256.ts';
import { answeredScores, howToAggregate } from './command-answer.ts';
import { type CommandOptions, filesOfCommand } from './command-options.ts';
import type { Metric, SampleResult, Scorer, Scoring } from './metric.ts';

/** Of the outputs of one model on all samples. */
const MAX_BYTES = 8e9;

/**
 * A metric by a command of the user's: it is called once for each model, with the outputs of all samples on disk, and says
 * a score for each of them. The interval is what the way of aggregation allows: exact where all scores of a fraction are 0
 * or 1, bootstrapped otherwise. This runs that command: only one of a trusted commit.
 */
export async function commandMetric(options: CommandOptions, place: Place): Promise<Metric> {
  const { command, name, unit, aggregate } = options;
  const files = await filesOfCommand(command, place);
  return {
    name,
    unit,
    higherIsBetter: options['higher-is-better'],
    labels: 'none',
    reference: false,
    reads: 'any',
    settings: JSON.stringify([command, aggregate, await sha256OfFiles(files)]),
    ...howToAggregate(aggregate),
    score() {
      throw new UserError(`the command of metric ${name} scores all samples of a model at once`);
    },
    together: (scoring) => openFolder(options, place, scoring),
  };
}

async function openFolder(options: CommandOptions, place: Place, scoring: Scoring): Promise<Scorer> {
  const folder = await mkdtemp(join(tmpdir(), 'quantgate-command-'));
  const samples: number[] = [];
  let outputs: readonly string[] = [];
  let bytes = 0;
  const write = async (path: string, content: Uint8Array | string) => {
    bytes += content.length;
    if (bytes > MAX_BYTES)
      throw new UserError(
        `the outputs of ${scoring.model} take more than ${MAX_BYTES / 1e9} GB on disk: evaluate fewer samples, or name one output with metric.output`,
      );
    await writeFile(join(folder, path), content);
  };
  return {
    async add(result) {
      const own = join('samples', sampleFolder(samples.length));
      await mkdir(join(folder, own), { recursive: true });
      samples.push(result.sample);
      outputs = result.names ?? Object.keys(result.outputs);
      for (const [i, name] of outputs.entries())
        await write(join(own, `${i}.npy`), npyBytes(result.outputs[name]));
      await writeLabel(result, (file, content) => write(join(own, file), content));
    },
    async finish() {
      const { command, aggregate, unit } = options;
      const areShares = unit === 'fraction' && aggregate === 'mean';
      const job = { version: 1, model: scoring.model, outputs, samples };
      await write('job.json', `${JSON.stringify(job)}\n`);
      const beat = setInterval(scoring.beat, 1000);
      try {
        return await answeredScores(
          { command, aggregate, count: samples.length, areShares },
          {
            cwd: place.folder,
            folder,
            minutes: options.minutes,
            signal: scoring.signal,
          },
        );
      } finally {
        clearInterval(beat);
      }
    },
    close: () => rm(folder, { recursive: true, force: true }),
  };
}

async function writeLabel(
  { label }: SampleResult,
  write: (file: string, content: Uint8Array | string) => Promise<void>,
): Promise<void> {
  if (label === undefined) return;
  const { data } = (typeof label === 'object' && label !== null ? label : {}) as Partial<Tensor>;
  if (ArrayBuffer.isView(data)) await write('label.npy', npyBytes(label as Tensor));
  else await write('label.json', `${JSON.stringify(label)}\n`);
}
