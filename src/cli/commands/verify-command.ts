import { join, resolve } from 'node:path';
import { readBaseline } from '../../baseline/baseline.ts';
import { folderStore, saveBaseline } from '../../baseline/store.ts';
import type { Config } from '../../config/config.ts';
import { messageOf, UserError } from '../../errors.ts';
import { forEachModel } from '../../pipeline/failure.ts';
import { consumerOf, type ResultSource } from '../../pipeline/verify/find-elsewhere.ts';
import { noteInBaseline, noteInReport } from '../../pipeline/verify/note-check.ts';
import { type ModelCheck, verifyModel } from '../../pipeline/verify/verify-model.ts';
import { plainJson } from '../../plain.ts';
import { readText, readWhole } from '../../read-file.ts';
import { readReport } from '../../report/parse.ts';
import { writeBelow, writeReport } from '../../report/write.ts';
import { type Verification, verificationSchema } from '../../verification/verification-schema.ts';
import { version } from '../../version.ts';
import { checkLines, shownOutcome } from '../check-lines.ts';
import { chosenPart } from '../chosen-part.ts';
import { type ComputeOptions, openComputation } from '../compute.ts';
import { consumersBy } from '../consumer-process.ts';
import { sayNext } from '../say-next.ts';
import { checkNamedFolder } from '../stored-baselines.ts';
import type { World } from '../world.ts';

/** Options of `quantgate verify`. */
export interface VerifyOptions extends ComputeOptions {
  readonly model?: string;
  readonly target?: string;
  readonly python: string;
  readonly samples?: number;
  readonly outputs?: string;
  readonly metrics?: string;
  readonly baseline?: string;
  readonly json?: boolean;
}

/** The worst of all targets counts. */
const exitCodes = { error: 2, differs: 1, 'cannot-tell': 3, agrees: 0 } as const;

const MAX_REPORT_BYTES = 2 ** 28;
const MAX_METRICS_BYTES = 2 ** 20;
const FILE = 'verify.json';

/**
 * Runs the chip files of a run in the vendors' libraries, or reads what a device returned, and tells what was predicted
 * beside what was measured. Writes verify.json, and adds the outcome to report.json of the run.
 *
 * @returns 0 agrees, 1 differs, 2 error, 3 cannot tell
 * @throws UserError when something given cannot be used, or the folder cannot be written
 */
export async function verifyCommand(options: VerifyOptions, world: World): Promise<number> {
  await checkNamedFolder(options.baseline, world.cwd);
  const isDevice = options.outputs !== undefined || options.metrics !== undefined;
  const { config, context, out } = await openComputation(options, world, (all) =>
    named(all, options, isDevice),
  );
  const chosen = isDevice ? config.models : withLibraries(config.models);
  if (chosen.length === 0) {
    world.complain(
      'cannot tell: no target has a library that runs here: give --outputs or --metrics of a device',
    );
    return exitCodes['cannot-tell'];
  }
  const source = await sourceOf(options, out, world);
  const date = new Date().toISOString();
  const checks: ModelCheck[] = [];
  const problems = await forEachModel(chosen, context.signal, async (model) => {
    checks.push(await verifyModel(model, { source, samples: options.samples }, context));
  });
  const models = checks.map(({ model }) => model);
  const verification: Verification = { version: 1, tool: { name: 'quantgate', version }, date, models };
  const text = plainJson(JSON.stringify(verificationSchema.parse(verification), null, 2));
  await writeBelow(out, FILE, `${text}\n`);
  if (options.json) world.print(text);
  else if (world.loudness !== 'quiet') for (const line of models.flatMap(checkLines)) world.print(line);
  const left = isDevice ? [] : passedOver(config.models, chosen);
  if (left.length > 0) world.complain(`not checked, for no library runs them here: ${left.join(', ')}`);
  for (const problem of problems) world.complain(problem);
  const notes = [
    ...(await inReport(out, checks, date)),
    ...(await inBaselines(options.baseline, checks, date, world.cwd)),
  ];
  const outcomes = models.flatMap(({ targets }) => targets.map(({ outcome }) => outcome));
  const found = (['error', 'differs', 'cannot-tell'] as const).find((each) => outcomes.includes(each));
  const worst = problems.length > 0 ? 'error' : (found ?? 'agrees');
  if (!options.json) {
    for (const note of notes) world.print(note);
    const file = join(options.out, FILE);
    if (world.loudness === 'quiet') world.print(`${worst}: see ${file}`);
    else if (world.terminal === undefined) world.print(`see ${file}`);
    else {
      for (const line of shownOutcome(worst, outcomes)) world.show(line);
      sayNext(`open ${file}`, world);
    }
  }
  return exitCodes[worst];
}

/**
 * The configuration with the models and targets that are named, all of them where none is.
 *
 * @throws UserError for names that are not there, and where what a device made could be of several
 */
function named(config: Config, { model, target }: VerifyOptions, isDevice: boolean): Config {
  const part = chosenPart(config, {
    ...(model !== undefined && { model: [model] }),
    ...(target !== undefined && { target: [target] }),
  });
  if (isDevice && part.models.flatMap(({ targets }) => targets).length > 1)
    throw new UserError(
      'what a device returned is of one model and one target: name them with --model and --target',
    );
  return part;
}

/** The models with the targets whose library runs here. */
function withLibraries(models: Config['models']): Config['models'] {
  return models.flatMap((model) => {
    const targets = model.targets.filter(({ chip }) => consumerOf(chip) !== undefined);
    return targets.length === 0 ? [] : [{ ...model, targets }];
  });
}

function passedOver(all: Config['models'], chosen: Config['models']): string[] {
  const namesOf = (models: Config['models']) =>
    models.flatMap(({ name, targets }) => targets.map(({ id }) => `${name} on ${id}`));
  const done = new Set(namesOf(chosen));
  return namesOf(all).filter((name) => !done.has(name));
}

async function sourceOf(options: VerifyOptions, out: string, world: World): Promise<ResultSource> {
  const { outputs, metrics, samples, python } = options;
  if (outputs !== undefined && metrics !== undefined)
    throw new UserError('--outputs and --metrics both say what a device made: give one of them');
  if (metrics !== undefined) {
    if (samples !== undefined)
      throw new UserError(
        '--samples is not for --metrics, whose file says how many samples it is of: leave it out',
      );
    const text = await readText(resolve(world.cwd, metrics), MAX_METRICS_BYTES).catch((error) => {
      throw new UserError(`${metrics} cannot be read (${messageOf(error)}): give a JSON file of metrics`);
    });
    return { kind: 'metrics', text, where: metrics };
  }
  return outputs === undefined
    ? { kind: 'libraries', run: consumersBy(python, world.signal), out }
    : { kind: 'outputs', folder: resolve(world.cwd, outputs), where: outputs };
}

/** @returns lines about what could not be kept */
async function inReport(out: string, checks: readonly ModelCheck[], date: string): Promise<string[]> {
  const path = join(out, 'report.json');
  const bytes = await readWhole(path, MAX_REPORT_BYTES).catch(messageOf);
  if (typeof bytes === 'string') return [`not in report.json: it cannot be read (${bytes})`];
  try {
    const { kept, refused } = noteInReport(readReport(bytes, path), checks, date);
    await writeReport(out, kept);
    return [...refused];
  } catch (error) {
    if (error instanceof UserError) return [`not in report.json: ${error.message}`];
    throw error;
  }
}

/** @returns lines about what could not be kept */
async function inBaselines(
  option: string | undefined,
  checks: readonly ModelCheck[],
  date: string,
  cwd: string,
): Promise<string[]> {
  if (option === undefined) return [];
  const folder = resolve(cwd, option);
  const lines: string[] = [];
  for (const check of checks) {
    const file = await folderStore(folder)(check.model.name);
    if (file === undefined) {
      lines.push(`not in the baseline: ${option} has none of ${check.model.name}`);
      continue;
    }
    const baseline = readBaseline(Buffer.from(file.bytes).toString('utf8'), file.where);
    const { kept, refused } = noteInBaseline(baseline, check, date);
    await saveBaseline(folder, kept);
    lines.push(...refused);
  }
  return lines;
}
