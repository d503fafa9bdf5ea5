import type { ModelConfig, SamplesConfig } from '../config/config.ts';
import { splitMember } from '../data/split-member.ts';
import { pathWithin } from '../paths.ts';
import { type LoadedModel, loadModel } from '../runtime/load-model.ts';
import { aboutSeconds } from './about-seconds.ts';
import { checkEvaluation } from './check-evaluation.ts';
import { namedFiles } from './check-files.ts';
import { problemOf } from './failure.ts';
import { openSamples } from './open-samples.ts';
import { type Context, prepare, readNamed } from './prepare.ts';

/** Samples as a run would read them. */
export interface SamplesPreview {
  /** The files that hold them, one for each input of the model. */
  readonly inputs: readonly string[];
  /** Whether all of these are there. */
  readonly isFound: boolean;
  /** Undefined where they cannot be read, and for a module without a range, which tells no number. */
  readonly samples: number | undefined;
}

/** What a run would measure of a model, found out without measuring it. */
export interface ModelPreview {
  readonly name: string;
  readonly path: string;
  /** Ids of the targets, as the report would name them. */
  readonly targets: readonly string[];
  readonly calibration: SamplesPreview;
  readonly evaluation: SamplesPreview & { readonly labels: string | undefined; readonly metric: string };
  /** What keeps the model or one of its targets from being measured, a line each; empty where all can be read. */
  readonly problems: readonly string[];
  /** About how many seconds the verdict would take, without recovery; undefined where that cannot be told. */
  readonly seconds: number | undefined;
  /** Minutes that recovery may take beyond these, where a target asks for it. */
  readonly recoverMinutes: number;
}

/**
 * Says what a run would measure of a model: its targets, its samples, what is missing, and about how long it would take, of
 * which FP32 is run on a few calibration samples. Nothing is written, and whatever cannot be read is a problem of the
 * preview, not an error.
 *
 * @throws what ends the run where it is interrupted
 */
export async function previewModel(config: ModelConfig, context: Context): Promise<ModelPreview> {
  const { place, signal } = context;
  const problems = new Set<string>();
  const orTold = async <T>(work: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await work();
    } catch (error) {
      problems.add(problemOf(error, signal));
      return undefined;
    }
  };
  const found = new Set<string>();
  for (const file of namedFiles(config))
    if ((await orTold(() => pathWithin(place, file))) !== undefined) found.add(file);
  const prepared = problems.size === 0 ? await orTold(() => prepare(config, context)) : undefined;
  // Without one of the files the others are looked at all the same.
  const model = prepared?.model ?? (await orTold(() => modelOf(config, context)));
  const counted = async (samples: SamplesConfig & { readonly labels?: string }) =>
    model && (await orTold(() => countSamples(samples, { config, model }, context)));
  const { calibration, evaluation, targets, recover } = config;
  const [calibrating, evaluated] = [await counted(calibration), await counted(evaluation)];
  for (const { problem } of prepared?.unplanned ?? []) problems.add(problem);
  if (prepared !== undefined) await orTold(() => checkEvaluation(prepared, context));
  const counts = { calibrating, evaluated };
  const filesOf = (samples: SamplesConfig) => {
    const inputs = inputsOf(samples);
    return { inputs, isFound: inputs.every((input) => found.has(splitMember(input).path)) };
  };
  return {
    name: config.name,
    path: config.path,
    targets: targets.map(({ id }) => id),
    calibration: { ...filesOf(calibration), samples: calibrating },
    evaluation: {
      ...filesOf(evaluation),
      samples: evaluated,
      labels: evaluation.labels,
      metric: metricWords(evaluation.metric),
    },
    seconds:
      prepared === undefined || problems.size > 0
        ? undefined
        : await orTold(() => aboutSeconds(prepared, counts, context)),
    problems: [...problems],
    recoverMinutes: recover.when === 'off' ? 0 : recover.minutes,
  };
}

/** As the configuration names it. */
function metricWords(metric: ModelConfig['evaluation']['metric']): string {
  if ('command' in metric) return metric.command.name;
  return 'name' in metric ? metric.name : metric.module;
}

async function modelOf({ path }: ModelConfig, context: Context): Promise<LoadedModel> {
  return loadModel(await readNamed(path, context), path, context.runtime);
}

function inputsOf({ inputs }: SamplesConfig): string[] {
  return typeof inputs === 'string' ? [inputs] : [...inputs.values()];
}

async function countSamples(
  samples: SamplesConfig & { readonly labels?: string },
  fed: { readonly config: ModelConfig; readonly model: LoadedModel },
  { place }: Context,
): Promise<number | undefined> {
  const dataset = await openSamples(samples, fed, place);
  await dataset.close();
  return dataset.length;
}
