import type { Column } from '../../data/column.ts';
import { isFloat, numbersOf } from '../../data/convert.ts';
import { type Label, openLabels } from '../../data/labels.ts';
import { UserError } from '../../errors.ts';
import type { Tensor } from '../../numerics/tensor.ts';
import type { Place } from '../../paths.ts';
import { LABELLIKE, labelPaths, stepsUp } from './nearness.ts';
import type { Fitting } from './open-data.ts';

/** What is known of samples. */
export type FoundLabels =
  | {
      readonly kind: 'classes';
      /** Undefined where they come with the inputs. */
      readonly path: string | undefined;
      readonly ids: readonly number[];
    }
  | { readonly kind: 'tensors'; readonly path: string; readonly first: readonly Tensor[] }
  | { readonly kind: 'boxes' | 'other'; readonly path: string };

/** Labels that are read to know their classes. */
const MOST_READ = 200_000;
const MOST_TENSORS = 16;
const MOST_TRIED = 30;

/**
 * Labels of samples: those that come with them, else the likeliest file beside them that has one for each sample.
 *
 * @param files relative paths of all files that were found
 */
export async function findLabels(
  fitting: Fitting,
  files: readonly string[],
  place: Place,
): Promise<FoundLabels | undefined> {
  const { inputs, classIds, samples } = fitting;
  if (classIds !== undefined) return { kind: 'classes', path: undefined, ids: classIds };
  const first = typeof inputs === 'string' ? inputs : Object.values(inputs)[0];
  const used = new Set(typeof inputs === 'string' ? [inputs] : Object.values(inputs));
  const mark = /\.npz$/i.test(first) ? ':' : /\.parquet$/i.test(first) ? '#' : undefined;
  const inArchive =
    mark === undefined ? [] : ['labels', 'label', 'y', 'targets'].map((key) => `${first}${mark}${key}`);
  // A list has an order of its own, which that of named samples need not be.
  const isInOrder = (path: string) => fitting.names === undefined || !/\.csv$/i.test(path);
  const beside = labelPaths(files, first).filter(
    (path) => !used.has(path) && stepsUp(path, first) <= 1 && isInOrder(path),
  );
  for (const path of [...inArchive, ...beside].slice(0, MOST_TRIED)) {
    try {
      const column = await openLabels(path, sampleColumn(fitting, first), place);
      const found = await kindOfLabels(column, path, samples).finally(() => column.close?.());
      // Without a name that says so, only class ids are sure to be labels.
      if (found.kind === 'classes' || LABELLIKE.test(path)) return found;
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
    }
  }
  return undefined;
}

/** As much of the samples as labels are matched with. */
function sampleColumn({ samples, names }: Fitting, name: string): Column<Tensor> {
  return {
    name,
    length: samples,
    ...(names && { sampleNames: names }),
    rows: () => {
      throw new Error('only their number is asked for');
    },
    files: async () => [],
  };
}

async function kindOfLabels(column: Column<Label>, path: string, samples: number): Promise<FoundLabels> {
  const ids: number[] = [];
  const tensors: Tensor[] = [];
  let isBoxes = true;
  for await (const label of column.rows(0, Math.min(samples, MOST_READ))) {
    if (typeof label === 'number' && Number.isInteger(label) && label >= 0) ids.push(label);
    else if (isTensor(label)) {
      tensors.push({ ...label, data: label.data.slice() });
      if (tensors.length === MOST_TENSORS) break;
    } else {
      isBoxes &&= hasBoxes(label);
      if (!isBoxes) return { kind: 'other', path };
    }
  }
  if (ids.length > 0) return { kind: 'classes', path, ids };
  return tensors.length > 0 ? { kind: 'tensors', path, first: tensors } : { kind: 'boxes', path };
}

function isTensor(label: Label): label is Tensor {
  return typeof label === 'object' && label !== null && 'data' in label && ArrayBuffer.isView(label.data);
}

/** A list of boxes, or what has one. */
function hasBoxes(label: Label): boolean {
  const boxes = typeof label === 'object' && label !== null && 'boxes' in label ? label.boxes : label;
  return Array.isArray(boxes) && boxes.every(isBox);
}

/** Four numbers or more, or what has a box in it. */
function isBox(value: unknown): boolean {
  if (Array.isArray(value)) return value.length >= 4 && value.every((each) => typeof each === 'number');
  return typeof value === 'object' && value !== null && ('bbox' in value || 'box' in value);
}

/** Whether each tensor is 1 for one class and 0 for all others. */
export function isOneHot(tensors: readonly Tensor[]): boolean {
  return tensors.every((tensor) => {
    const values = Array.from(numbersOf(tensor));
    const ones = values.filter((x) => x === 1).length;
    return values.length > 1 && ones === 1 && values.every((x) => x === 0 || x === 1);
  });
}

/** Whether all values are whole numbers: ids of pixels, say. */
export function areWhole(tensors: readonly Tensor[]): boolean {
  return tensors.every((tensor) => !isFloat(tensor.type));
}
