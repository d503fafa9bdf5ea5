import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { targets } from '../../targets/index.ts';
import type { Target } from '../../targets/target.ts';
import { readDeviceMetrics } from '../../verification/device-metrics.ts';
import { problemOf } from '../failure.ts';
import type { Candidate } from '../judge.ts';
import type { Context, Prepared } from '../prepare.ts';
import type { RunConsumer } from './consumer.ts';
import { deviceOutputs } from './device-outputs.ts';
import type { Elsewhere } from './elsewhere.ts';
import { runLibrary } from './run-library.ts';
import { rowsOf, writeSamples } from './write-samples.ts';

/** Where the results come from that a prediction is compared with. */
export type ResultSource =
  /** The vendors' libraries, run here on the chip files below the absolute folder `out` of a run. */
  | { readonly kind: 'libraries'; readonly run: RunConsumer; readonly out: string }
  /** What a device returned, in an absolute folder. */
  | { readonly kind: 'outputs'; readonly folder: string; readonly where: string }
  /** The text of a file with its metric alone. */
  | { readonly kind: 'metrics'; readonly text: string; readonly where: string };

/** What a model is checked with. */
export interface VerifyInput {
  readonly source: ResultSource;
  /** Evaluation samples at most; all of them if left out. */
  readonly samples: number | undefined;
}

/** What was computed elsewhere, by target, and why a target has nothing. */
export interface FoundElsewhere {
  readonly found: ReadonlyMap<Candidate, Elsewhere>;
  readonly problems: ReadonlyMap<string, string>;
}

/** The script of `consumers/` that runs a chip's files in its vendor's library; undefined where there is none. */
export function consumerOf(chip: keyof typeof targets): string | undefined {
  const target: Target = targets[chip];
  return target.consumer;
}

const DEVICE = { library: 'a device', version: '', notes: [] };

/**
 * Runs the vendors' libraries, or finds what a device returned.
 *
 * @param own absolute folder for what lasts as long as the check
 * @throws UserError when the samples cannot be written, or what a device returned is not of a form that is known
 */
export async function findElsewhere(
  prepared: Prepared,
  candidates: readonly Candidate[],
  { source, samples, own }: VerifyInput & { readonly own: string },
  context: Context,
): Promise<FoundElsewhere> {
  const forAll = (elsewhere: Elsewhere) => ({
    found: new Map(candidates.map((candidate) => [candidate, elsewhere] as const)),
    problems: new Map<string, string>(),
  });
  if (source.kind === 'metrics') {
    const metrics = readDeviceMetrics(source.text, prepared.metric, source.where);
    const { library, version } = metrics;
    return forAll({ ...DEVICE, library, version, source: 'device-metrics', metrics });
  }
  if (source.kind === 'outputs') {
    const names = prepared.model.outputs.map(({ name }) => name);
    const outputs = await deviceOutputs(source.folder, source.where, names, rowsOf(prepared));
    return forAll({ ...DEVICE, source: 'device-outputs', outputs });
  }
  const found = new Map<Candidate, Elsewhere>();
  const problems = new Map<string, string>();
  const written = await writeSamples(prepared, samples, own, context);
  await mkdir(join(own, 'targets'));
  for (const candidate of candidates) {
    const { id, chip } = candidate.config;
    try {
      const given = { run: source.run, out: source.out, samples: written, own: join(own, 'targets', id) };
      found.set(candidate, await runLibrary(prepared, candidate, consumerOf(chip)!, given, context));
    } catch (error) {
      problems.set(id, problemOf(error, context.signal));
    }
  }
  return { found, problems };
}
