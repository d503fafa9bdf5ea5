import { extname, join } from 'node:path';
import { batches } from '../../data/batch.ts';
import { isFloat, numbersOf } from '../../data/convert.ts';
import type { ImageFit } from '../../data/images/fit-image.ts';
import { channelAxis } from '../../data/preprocess.ts';
import type { Sample } from '../../data/sample.ts';
import { messageOf, UserError } from '../../errors.ts';
import { onOutput, resolveMetric } from '../../metrics/index.ts';
import type { Metric } from '../../metrics/metric.ts';
import type { Tensor } from '../../numerics/tensor.ts';
import { readModel } from '../../onnx/read-model.ts';
import type { Place } from '../../paths.ts';
import { openModel } from '../../runtime/open-model.ts';
import type { Port, Runtime, Session } from '../../runtime/runtime.ts';
import { boxMetric, type ChosenMetric, chooseMetric, type SeenOutput } from './choose-metric.ts';
import { type FoundData, findData, type MissingData } from './find-data.ts';
import type { FoundLabels } from './find-labels.ts';
import type { ModelPlace } from './nearness.ts';
import { readSpread, sizeOf, usualFits } from './open-data.ts';
import { type RawValues, usualPreprocessings } from './preprocessings.ts';
import type { Survey } from './survey.ts';
import { fixedBatch, spread, type Tried, tryPreprocessings } from './try-preprocessings.ts';

/** What is known of a model once it was looked at. */
export interface Looked {
  readonly data: FoundData;
  readonly metric: ChosenMetric;
  /** Undefined where nothing could be tried. */
  readonly tried: Tried | undefined;
  /** How pictures come to the size of the network; undefined where they have it. */
  readonly fit: ImageFit | undefined;
  /** What is wrong, a line each. */
  readonly problems: readonly string[];
}

/** What models are looked at with. */
export interface Looking {
  readonly place: Place;
  readonly survey: Survey;
  /** Started where a model is to be run. */
  readonly runtime: () => Promise<Runtime>;
  /** Milliseconds of a clock that never goes back. */
  readonly now: () => number;
}

/** A model, and the FP32 one that runs in its place where it is quantized already. */
export interface LookedAt extends ModelPlace {
  readonly runs: string;
  readonly ports: readonly Port[];
}

const MOST_SAMPLES = 400;
/** Values of all samples that are held at once: half a gigabyte of float32. */
const MOST_VALUES = 2 ** 27;
const TRIAL_MS = 60_000;

/** Finds the data of a model, runs it on some, and tries usual preprocessings where there are labels. */
export async function lookAtModel(model: LookedAt, looking: Looking): Promise<Looked | MissingData> {
  const { place, survey } = looking;
  const data = await findData(place, survey, model, model.ports);
  if ('missing' in data) return data;
  try {
    return await run(model, data, looking);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const problems = [...data.problems, `it does not run on its data (${messageOf(error)})`];
    return {
      data,
      metric: metricUnseen(data.evaluation.labels),
      tried: undefined,
      fit: data.evaluation.fit,
      problems,
    };
  }
}

async function run(model: LookedAt, data: FoundData, { place, runtime, now }: Looking): Promise<Looked> {
  const file = await readModel(join(place.folder, model.runs), model.runs, place.root);
  const session = await openModel(file.model, { optimize: 'float' }, await runtime(), 'cpu');
  try {
    const { labels, elements } = data.evaluation;
    const most = Math.max(1, Math.min(MOST_SAMPLES, Math.floor(MOST_VALUES / elements)));
    const read = (fit: ImageFit | undefined, count: number) => {
      const files = { ...data.evaluation, labels: labels?.kind === 'other' ? undefined : labels?.path, fit };
      return readSpread(files, data.evaluation.range, count, { ports: session.inputs, place });
    };
    const { fit } = data.evaluation;
    const samples = await read(fit, most);
    const outputs = await outputsOf(session, samples);
    const { metric, reading } = await metricOf(outputs, labels, session, place);
    const problems = [...data.problems, ...(metric.problem ? [metric.problem] : [])];
    const found = { data, metric, problems };
    if (reading === undefined) return { ...found, tried: undefined, fit };
    const usual = usualPreprocessings(valuesOf(samples, session.inputs));
    const trying = { session, ports: session.inputs, metric: reading, now, end: now() + TRIAL_MS };
    const tried = await tryPreprocessings(samples, usual, trying);
    if (tried.trials[0].problem !== undefined) problems.push(...byOrder(data));
    const [, stretched] = usualFits(session.inputs);
    if (fit === undefined || stretched === undefined) return { ...found, tried, fit };
    const [{ preprocessing, value }] = tried.trials;
    const others = await read(stretched, tried.samples);
    const again = await tryPreprocessings(others, [preprocessing], trying);
    const gained = again.trials[0].value - value;
    const isBetter = reading.higherIsBetter ? gained > 0 : gained < 0;
    return isBetter ? { ...found, tried: again, fit: stretched } : { ...found, tried, fit };
  } finally {
    await session.close();
  }
}

/** Why class ids that come with a folder may be others than the model's. */
function byOrder({ evaluation: { inputs, labels } }: FoundData): string[] {
  if (labels?.kind !== 'classes' || labels.path !== undefined) return [];
  if (typeof inputs !== 'string' || extname(inputs) !== '') return [];
  const classes = new Set(labels.ids).size;
  return [
    `the ids of its ${classes} classes are the order of the folders of ${inputs}: if the model counts others, list the pictures with its ids in an images.csv`,
  ];
}

/** The metric, and what reads its labels; undefined where it needs none. */
async function metricOf(
  outputs: readonly SeenOutput[],
  labels: FoundLabels | undefined,
  session: Session,
  place: Place,
): Promise<{ readonly metric: ChosenMetric; readonly reading: Metric | undefined }> {
  const picture = session.inputs.find(({ dims }) => dims.length === 4);
  const size = (picture && sizeOf(picture)) ?? [];
  const ofBoxes = labels?.kind === 'boxes' ? boxMetric(outputs, labels.path, size) : undefined;
  const metric = ofBoxes ?? chooseMetric(outputs, labels);
  const { name, output = session.outputs[0].name, options } = metric;
  const reading = onOutput(await resolveMetric({ name, options }, place), output);
  return { metric, reading: reading.labels === 'none' ? undefined : reading };
}

/** Of one sample, in the model's order. */
async function outputsOf(
  { inputs, outputs, run }: Session,
  [sample]: readonly Sample[],
): Promise<SeenOutput[]> {
  for await (const batch of batches(only(sample), fixedBatch(inputs), inputs)) {
    const made = await run(batch.inputs);
    return outputs.map(({ name }) => ({ name, tensor: firstOf(made[name], batch.size) }));
  }
  return [];
}

async function* only(sample: Sample): AsyncGenerator<Sample> {
  yield sample;
}

function firstOf({ type, dims, data }: Tensor, size: number): Tensor {
  return size > 1 && dims[0] === size
    ? { type, dims: [1, ...dims.slice(1)], data: data.slice(0, data.length / size) }
    : { type, dims, data };
}

/** What is known of the values of the floating-point inputs; integers are fed as they are. */
function valuesOf(samples: readonly Sample[], ports: readonly Port[]): RawValues {
  const fed = ports.filter(({ type }) => isFloat(type));
  let [least, most, isWhole] = [Infinity, -Infinity, true];
  for (const { inputs } of spread(samples, 50))
    for (const { name } of fed)
      for (const x of numbersOf(inputs[name])) {
        least = Math.min(least, x);
        most = Math.max(most, x);
        isWhole &&= Number.isInteger(x);
      }
  const [picture] = fed.filter(({ dims }) => dims.length === 4);
  return { least, most, isWhole, channels: picture?.dims[channelAxis(picture.dims)] ?? undefined };
}

/** What a run would take for it, of a model that did not run here. */
function metricUnseen(labels: FoundLabels | undefined): ChosenMetric {
  if (labels?.kind !== 'classes') return { name: 'agreement', maxDrop: '1.0pp' };
  return { name: 'top1', ...(labels.path !== undefined && { labels: labels.path }), maxDrop: '1.0pp' };
}
