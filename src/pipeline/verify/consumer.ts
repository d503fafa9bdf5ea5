import { readdirSync } from 'node:fs';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { ChildEnd } from '../../child-group.ts';
import { sampleFolder } from '../../data/sample-folder.ts';
import { printable, UserError } from '../../errors.ts';
import { parseJson } from '../../json.ts';
import type { WrittenSamples } from './write-samples.ts';

/**
 * Runs a consumer, the script of `consumers/` that runs a chip's files in its vendor's library, on the folder of a job.
 *
 * @param name of the script, without `.py`
 * @param folder absolute
 */
export type RunConsumer = (name: string, folder: string) => Promise<ChildEnd>;

/** What a consumer is asked for, beside the samples. */
export interface ConsumerJob {
  readonly chip: string;
  /** Absolute path of the model that the chip's tools convert. */
  readonly model: string;
  /** Absolute folder of the chip's files. */
  readonly files: string;
  /** Absolute path of the model with explicit Q/DQ; null where it cannot be written. */
  readonly qdq: string | null;
  readonly inputs: readonly { readonly name: string; readonly type: string }[];
  /** Names of tensors, the model's outputs first. */
  readonly outputs: readonly string[];
  /** What it is to run as, in terms of its library. */
  readonly options: { readonly arch?: string };
}

/** What a consumer tells of its run. */
const told = z.object({
  library: z.string().min(1).max(128),
  version: z.string().max(64),
  shown: z.array(z.string().max(1024)).max(20_000),
  notes: z.array(z.string().max(500)).max(50).default([]),
});
export type ConsumerTold = Readonly<z.output<typeof told>>;

/** Between two looks at how many samples are done, in milliseconds. */
const LOOK_EVERY_MS = 1000;

/**
 * Writes the folder of a job, runs its consumer on it, and reads what that tells. The results lie in `results/` there.
 *
 * @param folder absolute, to be made
 * @param advance is told how many samples more are done
 * @throws UserError when the consumer fails, in its own words
 */
export async function runJob(
  name: string,
  job: ConsumerJob,
  given: {
    readonly folder: string;
    readonly samples: WrittenSamples;
    readonly calibration: WrittenSamples;
    readonly run: RunConsumer;
    readonly advance: (count: number) => void;
  },
): Promise<ConsumerTold> {
  const { folder, samples, calibration, run, advance } = given;
  const results = join(folder, 'results');
  await mkdir(results, { recursive: true });
  await linkSamples(samples, join(folder, 'samples'));
  await linkSamples(calibration, join(folder, 'calibration'));
  const counts = { samples: samples.count, calibration: calibration.count };
  const file = { version: 1, ...job, ...counts };
  await writeFile(join(folder, 'job.json'), `${JSON.stringify(file, null, 2)}\n`);
  let seen = 0;
  const see = (done: number) => {
    advance(Math.max(0, done - seen));
    seen = Math.max(seen, done);
  };
  // It also tells whoever watches this process that it lives.
  const look = setInterval(() => {
    see(readdirSync(results).length);
  }, LOOK_EVERY_MS);
  try {
    const result = toldBy(name, await run(name, folder));
    see(samples.count);
    return result;
  } finally {
    clearInterval(look);
  }
}

async function linkSamples({ folder, count }: WrittenSamples, to: string): Promise<void> {
  await mkdir(to);
  for (let i = 0; i < count; i++) {
    const name = sampleFolder(i);
    await symlink(join(folder, name), join(to, name), 'junction');
  }
}

function toldBy(name: string, { code, stdout, stderr, ended }: ChildEnd): ConsumerTold {
  const where = `consumers/${name}.py`;
  if (ended !== undefined) throw new UserError(`${where} ${ended}`);
  if (code !== 0) {
    const why = lastLine(stderr);
    throw new UserError(why === '' ? `${where} ended with exit code ${code} and said nothing` : why);
  }
  return parseJson(lastLine(stdout), told, {
    where: `the last line of ${where}`,
    what: 'what a consumer tells',
    remedy: `look at what it printed (${printable(lastLine(stderr)) || 'nothing on stderr'})`,
  });
}

function lastLine(text: string): string {
  return text.trimEnd().split('\n').at(-1)!.trim();
}
