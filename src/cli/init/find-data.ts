import { basename, dirname, extname } from 'node:path/posix';
import type { Source } from '../../data/dataset.ts';
import type { ImageFit } from '../../data/images/fit-image.ts';
import { UserError } from '../../errors.ts';
import type { Place } from '../../paths.ts';
import type { Port } from '../../runtime/runtime.ts';
import { calibrationAlone, chooseRanges, decidingProblems, isSortedByClass } from './choose-ranges.ts';
import { type FoundLabels, findLabels } from './find-labels.ts';
import { type ModelPlace, nearestFirst, roleOf, samplePaths, stepsUp } from './nearness.ts';
import { type Fitting, fittingOf, usualFits } from './open-data.ts';
import type { Survey } from './survey.ts';

/** The samples of a model. */
export interface FoundData {
  readonly calibration: FoundSamples;
  readonly evaluation: FoundSamples & {
    readonly labels: FoundLabels | undefined;
    /** Values of all inputs of a sample. */
    readonly elements: number;
    /** How pictures come to the size of the network; undefined where they have it. */
    readonly fit: ImageFit | undefined;
  };
  /** What is wrong with them, a line each. */
  readonly problems: readonly string[];
}

interface FoundSamples {
  readonly inputs: Source;
  readonly range: readonly [number, number];
}

/** Why a model has no samples. */
export interface MissingData {
  readonly missing: string;
  /** Whether Git LFS has some that only have to be fetched. */
  readonly isPointer: boolean;
}

const MOST_TRIED = 40;
/** Of one folder. */
const MOST_FITTING = 6;

/**
 * Finds what a model is calibrated and evaluated with: the nearest data that it takes, first with labels.
 *
 * @returns the data, or why there are none
 */
export async function findData(
  place: Place,
  survey: Survey,
  model: ModelPlace,
  ports: readonly Port[],
): Promise<FoundData | MissingData> {
  const candidates = sourcesOf(survey, model, ports);
  const fitting: (Fitting & { readonly labels: FoundLabels | undefined })[] = [];
  let refusal: string | undefined;
  let steps = 0;
  for (const { inputs, path } of candidates.slice(0, MOST_TRIED)) {
    const farther = stepsUp(path, model.model) > steps;
    if (fitting.length === MOST_FITTING || (fitting.length > 0 && farther)) break;
    steps = stepsUp(path, model.model);
    try {
      const found = await fittingResized(inputs, ports, place);
      fitting.push({ ...found, labels: await findLabels(found, survey.files, place) });
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      refusal ??= error.message;
      if (fitting.length === 0 && error.message.includes('Git LFS pointer'))
        return { missing: error.message, isPointer: true };
    }
  }
  if (fitting.length === 0) return { missing: refusal ?? noneNear(ports), isPointer: false };
  return chosen(fitting);
}

/** As it is, or where pictures are of other sizes than the network's, resized. */
async function fittingResized(inputs: Source, ports: readonly Port[], place: Place): Promise<Fitting> {
  try {
    return await fittingOf(inputs, ports, place);
  } catch (error) {
    const [fit] = usualFits(ports);
    if (fit === undefined || !(error instanceof UserError && error.message.includes('preprocess.resize')))
      throw error;
    return fittingOf(inputs, ports, place, fit);
  }
}

function noneNear(ports: readonly Port[]): string {
  const [{ name, dims }] = ports;
  const shape = `[${dims.map((d) => d ?? '?').join(', ')}]`;
  return ports.length > 1
    ? `no data were found for its inputs ${ports.map((port) => port.name).join(', ')}: give each a .npy of its name, or all an .npz`
    : `no data were found for its input ${name} of shape ${shape}: give a .npy, a list of images, or a folder of .pb`;
}

/** What may feed all inputs, the nearest first: one file or folder, or a .npy of each input's name. */
function sourcesOf(
  survey: Survey,
  model: ModelPlace,
  ports: readonly Port[],
): { readonly inputs: Source; readonly path: string }[] {
  const near = nearestFirst(samplePaths(survey), model);
  if (ports.length === 1) return near.map((path) => ({ inputs: path, path }));
  return near.flatMap((path): { inputs: Source; path: string }[] => {
    const kind = extname(path).toLowerCase();
    if (kind === '.npz' || kind === '.parquet' || kind === '') return [{ inputs: path, path }];
    if (kind !== '.npy' || basename(path, extname(path)) !== ports[0].name) return [];
    const files = ports.map(
      ({ name }) => [name, `${dirname(path)}/${name}.npy`.replace(/^\.\//, '')] as const,
    );
    const isWhole = files.every(([, file]) => survey.files.includes(file));
    return isWhole ? [{ inputs: Object.fromEntries(files), path }] : [];
  });
}

function chosen(fitting: readonly (Fitting & { readonly labels: FoundLabels | undefined })[]): FoundData {
  const role = ({ inputs }: Fitting) => (typeof inputs === 'string' ? roleOf(inputs) : undefined);
  const rank = (each: (typeof fitting)[number]) =>
    (role(each) === 'calibration' ? 4 : 0) +
    (each.labels === undefined ? 2 : 0) +
    (role(each) === 'evaluation' ? 0 : 1);
  const [best] = [...fitting].sort((a, b) => rank(a) - rank(b));
  const own = fitting.find((each) => each !== best && role(each) === 'calibration');
  const ids = best.labels?.kind === 'classes' ? best.labels.ids : [];
  const { inputs, samples, labels, elements, fit } = best;
  if (own !== undefined)
    return {
      calibration: { inputs: own.inputs, range: calibrationAlone(own.samples) },
      evaluation: { inputs, range: [0, samples], labels, elements, fit },
      problems: decidingProblems(samples),
    };
  const { calibration, evaluation, problem } = chooseRanges(samples);
  const sorted = isSortedByClass(ids, calibration[1])
    ? 'the samples are in the order of their classes, so that those which calibrate are of few: shuffle them'
    : undefined;
  return {
    calibration: { inputs, range: calibration },
    evaluation: { inputs, range: evaluation, labels, elements, fit },
    problems: [problem, sorted].filter((each) => each !== undefined),
  };
}
