import { extname } from 'node:path';
import { z } from 'zod';
import { messageOf, UserError } from '../errors.ts';
import { parseJson } from '../json.ts';
import type { Tensor } from '../numerics/tensor.ts';
import { type Place, pathWithin } from '../paths.ts';
import { readText } from '../read-file.ts';
import { cocoLabels, isCoco, type Json } from './coco-labels.ts';
import { type Column, listColumn, mapColumn } from './column.ts';
import { allFinite, isFloat, numbersOf } from './convert.ts';
import { readImageList } from './images/image-list.ts';
import { openNpy } from './npy.ts';
import { openNpz } from './npz.ts';
import { openParquetLabels } from './parquet/open-parquet.ts';
import { splitMember } from './split-member.ts';

/**
 * What is known about a sample: a class id, a tensor (leading dimension 1), or any JSON value for a metric of the
 * user's own.
 */
export type Label = number | Tensor | Json;

const MAX_JSON_BYTES = 2 ** 28;

/**
 * Opens labels: .npy, .npz or .parquet with one class id or tensor per sample, the column of labels or texts of an image list, or .json with
 * an array by sample, an object by the samples' names (the file names of an image list), or annotations as COCO has them.
 *
 * @throws UserError when they cannot be read, or their number is not that of the samples
 */
export async function openLabels(path: string, inputs: Column<Tensor>, place: Place): Promise<Column<Label>> {
  const labels = await openAny(path, inputs, place);
  if (labels.length === inputs.length) return labels;
  await labels.close?.();
  throw new UserError(
    `${path} has ${labels.length} labels, ${inputs.name} has ${inputs.length} samples: give one label per sample`,
  );
}

async function openAny(source: string, inputs: Column<Tensor>, place: Place): Promise<Column<Label>> {
  const { path, member } = splitMember(source);
  const file = await pathWithin(place, path);
  switch (extname(path).toLowerCase()) {
    case '.npy':
      return asLabels(await openNpy(file, source));
    case '.npz':
      return asLabels(await openNpz(file, source, member, 'labels'));
    case '.parquet':
      return asLabels(await openParquetLabels({ file, name: source, member }));
    case '.csv': {
      const { labels } = await readImageList(file, source);
      if (labels === undefined)
        throw new UserError(`${source} has no column label or text: add one, or name other labels`);
      return listColumn(source, [file], labels);
    }
    case '.json': {
      const text = await readText(file, MAX_JSON_BYTES).catch((error) => {
        throw new UserError(`${source} cannot be read (${messageOf(error)}): give labels as .npy`);
      });
      return listColumn(source, [file], parseJsonLabels(text, source, inputs.sampleNames));
    }
    default:
      throw new UserError(
        `${source}: labels are .npy, .npz, .parquet, .json or an image list .csv: convert them`,
      );
  }
}

/** @throws UserError when the text is no JSON array or object, or an object lacks a sample's name */
export function parseJsonLabels(text: string, where: string, sampleNames?: readonly string[]): Json[] {
  // JSON of any form, which is not walked: there may be millions of labels.
  const any = z.custom<Json>();
  const labels = parseJson(text, any, { where, what: 'a file of labels', remedy: 'repair it' });
  if (Array.isArray(labels)) return labels;
  if (isCoco(labels)) return cocoLabels(labels, where, sampleNames);
  if (labels === null || typeof labels !== 'object')
    throw new UserError(`${where} is neither an array nor an object: give one label per sample`);
  if (sampleNames === undefined)
    throw new UserError(`${where} is an object, but the samples have no names: give an array in their order`);
  const byName = new Map(Object.entries(labels));
  return sampleNames.map((name) => {
    const label = byName.get(name);
    if (label === undefined) throw new UserError(`${where} has no label for ${name}: add it`);
    return label;
  });
}

function asLabels(column: Column<Tensor | string>): Column<Label> {
  return mapColumn(column, (row, index) =>
    typeof row === 'string' ? row : labelOf(row, `${column.name}, sample ${index}`),
  );
}

/** One integer is a class id; anything else is a tensor of the sample's own. */
function labelOf(row: Tensor, where: string): Label {
  if (row.data.length === 1 && !isFloat(row.type)) {
    const id = numbersOf(row)[0];
    if (!Number.isSafeInteger(id) || id < 0)
      throw new UserError(`${where}: the label is ${id}: class ids are 0 or more; store tensors as float32`);
    return id;
  }
  if (!allFinite(row))
    throw new UserError(`${where}: the label has NaN or infinite values: repair or remove it`);
  return row.type === 'float16'
    ? { type: 'float32', dims: [1, ...row.dims], data: numbersOf(row) }
    : { type: row.type, dims: [1, ...row.dims], data: row.data.slice() };
}
