import { isFloat, numbersOf } from '../../data/convert.ts';
import type { Tensor } from '../../numerics/tensor.ts';
import { areWhole, type FoundLabels, isOneHot } from './find-labels.ts';

/** What an entry of a configuration measures. */
export interface ChosenMetric {
  readonly name: string;
  /** Left out where it is the model's first output. */
  readonly output?: string;
  /** How boxes are read. */
  readonly options?: Readonly<Record<string, string | readonly number[]>>;
  /** The path of the labels; left out where none are read, or they come with the inputs. */
  readonly labels?: string;
  /** A budget to begin with. */
  readonly maxDrop: string;
  /** Why it is not what one would want, with what to do. */
  readonly problem?: string;
}

/** An output by its name, and what it was of one sample. */
export interface SeenOutput {
  readonly name: string;
  readonly tensor: Tensor;
}

/**
 * The metric that outputs and labels allow: top1 of class ids, psnr or mae of tensors, else what needs no labels.
 *
 * @param outputs in the model's order
 */
export function chooseMetric(outputs: readonly SeenOutput[], labels: FoundLabels | undefined): ChosenMetric {
  switch (labels?.kind) {
    case 'classes':
      return ofClasses(outputs, labels.ids, labels.path);
    case 'tensors':
      return ofTensors(outputs, labels.first, labels.path);
    case 'boxes':
      return withoutBoxes(outputs, labels.path);
    case 'other':
      return withoutLabels(
        outputs,
        `${labels.path} has labels that no built-in metric reads: write one that does, metric: ./metric.mjs`,
      );
    default:
      return withoutLabels(outputs, 'no labels were found, so agreement with FP32 is measured, not accuracy');
  }
}

/** What is measured of a detector whose outputs are not read as boxes here. */
function withoutBoxes(outputs: readonly SeenOutput[], path: string): ChosenMetric {
  return withoutLabels(
    outputs,
    `${path} has boxes, and these outputs are not read as boxes without being told how: give metric: { name: map, … }, or a module of yours, metric: ./map50.mjs`,
  );
}

/**
 * mAP of a detector whose first output is of a usual layout: [1, N, 6] of a box, score and class each, [1, 4 + C, N] as YOLOv8
 * has it, or [1, N, 5 + C] as YOLOv5; undefined for others.
 *
 * @param size width and height of the network's pictures
 */
export function boxMetric(
  [{ tensor }]: readonly SeenOutput[],
  path: string,
  size: readonly number[],
): ChosenMetric | undefined {
  const { dims } = tensor;
  if (dims.length !== 3 || dims[0] !== 1 || Math.min(dims[1], dims[2]) < 5) return undefined;
  const usual = dims[1] < dims[2] ? 'yolov8' : 'yolov5';
  const layout = dims[2] === 6 ? 'end-to-end' : usual;
  return {
    name: 'map',
    options: { layout, ...(size.length === 2 && { size }) },
    labels: path,
    maxDrop: '1.0pp',
  };
}

function ofClasses(outputs: readonly SeenOutput[], ids: readonly number[], path = ''): ChosenMetric {
  const most = ids.reduce((a, b) => Math.max(a, b), 0);
  const least = ids.reduce((a, b) => Math.min(a, b), Infinity);
  const saying = outputs.filter(({ tensor }) => classesOf(tensor) !== undefined);
  const found = saying.find(({ tensor }) => most < classesOf(tensor)!);
  const labels = path === '' ? {} : { labels: path };
  const where = path === '' ? 'the list of samples' : path;
  if (found !== undefined) return { name: 'top1', ...outputOf(found, outputs), ...labels, maxDrop: '1.0pp' };
  const [scores] = saying;
  if (scores === undefined)
    return withoutLabels(
      outputs,
      `${where} has class ids, and no output of the model has a score for each class`,
    );
  const classes = classesOf(scores.tensor)!;
  const why =
    most === classes && least > 0
      ? 'count them from 0'
      : 'give the ids in the order of the outputs, counted from 0';
  return withoutLabels(
    outputs,
    `${where} has class ids up to ${most}, the model has ${classes} classes: ${why}`,
  );
}

function ofTensors(outputs: readonly SeenOutput[], first: readonly Tensor[], path: string): ChosenMetric {
  const elements = first[0].data.length;
  const found = outputs.find(({ tensor }) => tensor.data.length === elements);
  if (isOneHot(first))
    return withoutLabels(
      outputs,
      `${path} has a 1 for the class of each sample: save numpy.argmax of it, class ids`,
    );
  if (found === undefined || areWhole(first))
    return withoutLabels(
      outputs,
      `${path} has labels of shape [${first[0].dims.slice(1).join(', ')}], which no built-in metric compares with an output: write one that does, metric: ./metric.mjs`,
    );
  const isPicture = found.tensor.dims.length === 4 && found.tensor.dims.slice(2).every((d) => d > 1);
  const isUnit = first.every((tensor) => Array.from(numbersOf(tensor)).every((x) => x >= 0 && x <= 1));
  const metric = isPicture && isUnit ? { name: 'psnr', maxDrop: '0.5' } : { name: 'mae', maxDrop: '5%' };
  return { ...metric, ...outputOf(found, outputs), labels: path };
}

function withoutLabels(outputs: readonly SeenOutput[], problem: string): ChosenMetric {
  const scores = outputs.find(({ tensor }) => classesOf(tensor) !== undefined);
  if (scores !== undefined && scores === outputs[0]) return { name: 'agreement', maxDrop: '1.0pp', problem };
  return { name: 'cosine', maxDrop: '0.01', problem: problem.replace('agreement with', 'likeness to') };
}

/** Of an output that has a score for each class, or the id of one. */
function classesOf({ type, dims, data }: Tensor): number | undefined {
  if (!isFloat(type) && data.length === 1) return Infinity;
  return dims.length >= 2 && data.length > 1 && dims[1] === data.length ? data.length : undefined;
}

function outputOf({ name }: SeenOutput, outputs: readonly SeenOutput[]): { output?: string } {
  return name === outputs[0].name ? {} : { output: name };
}
