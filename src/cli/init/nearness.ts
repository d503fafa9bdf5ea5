import { basename, dirname, extname } from 'node:path/posix';
import type { Survey } from './survey.ts';

const SPLITS = /^(train|training|val|valid|validation|test|testing|eval|calib|calibration|dev)(\d{4})?$/i;

/** Names of what is known of samples, not of the samples. */
export const LABELLIKE =
  /label|target|class|truth|annotation|instances|boxes|(^|[^a-z])(y|gt|lbl)([^a-z]|$)/i;
const CALIBRATING = /(^|[^a-z])(calib|train)/i;
const EVALUATING = /(^|[^a-z])(val|test|eval|dev)/i;
const SAMPLELIKE = /input|image|sample|data|picture|(^|[^a-z])x([^a-z]|$)/i;

/** What samples lie in a repository for, by the name of their file or folder. */
export function roleOf(path: string): 'calibration' | 'evaluation' | undefined {
  const name = lastName(path);
  if (CALIBRATING.test(name)) return 'calibration';
  return EVALUATING.test(name) ? 'evaluation' : undefined;
}

/**
 * Files and folders that may hold samples: arrays, lists, folders of tensors, of pictures, of classes of pictures. Pictures
 * that an `images.csv` beside or above them lists are its.
 */
export function samplePaths({ files, pictures, tensors }: Survey): string[] {
  const found = new Set(
    files.filter((path) => ['.npy', '.npz', '.parquet', '.csv'].includes(extname(path).toLowerCase())),
  );
  for (const folder of tensors.keys())
    found.add(basename(folder).startsWith('test_data_set_') ? dirname(folder) : folder || '.');
  const listed = files.filter((path) => basename(path) === 'images.csv').map(dirname);
  const isListed = (folder: string) =>
    listed.some((each) => each === '.' || `${folder}/`.startsWith(`${each}/`));
  const children = new Map<string, number>();
  for (const folder of pictures.keys())
    if (folder !== '' && !isListed(folder) && !SPLITS.test(basename(folder)))
      children.set(dirname(folder), (children.get(dirname(folder)) ?? 0) + 1);
  for (const folder of pictures.keys()) {
    if (isListed(folder)) continue;
    const above = dirname(folder);
    const isClass = !SPLITS.test(basename(folder)) && (children.get(above) ?? 0) >= 2 && !pictures.has(above);
    found.add(isClass ? above : folder || '.');
  }
  return [...found].sort();
}

/** Where a model lies, and where all others do. */
export interface ModelPlace {
  readonly model: string;
  readonly others: readonly string[];
}

/**
 * Paths that may be of a model, the nearest first: of its own folder and below, then of each folder above and what is below
 * that; among these first what has the model's name in its own. What lies in the folder of another model is its.
 */
export function nearestFirst(paths: readonly string[], { model, others }: ModelPlace): string[] {
  const folder = partsOf(dirname(model));
  const taken = new Set(others.map(dirname).filter((each) => each !== dirname(model) && each !== '.'));
  const stem = stemOf(model).toLowerCase();
  const ranked = paths.flatMap((path) => {
    const parts = partsOf(path);
    let common = 0;
    while (common < folder.length && common < parts.length && folder[common] === parts[common]) common++;
    const isTaken = parts.some((_, i) => i >= common && taken.has(parts.slice(0, i + 1).join('/')));
    if (isTaken) return [];
    const own = parts.slice(common).some((part) => stemOf(part).toLowerCase().includes(stem)) ? 0 : 1;
    return [{ path, keys: [folder.length - common, own, namePenalty(path), parts.length - common] }];
  });
  return ranked.sort((a, b) => compare(a.keys, b.keys) || (a.path < b.path ? -1 : 1)).map(({ path }) => path);
}

/** How many folders lie between a model and the first folder above it that also holds a path. */
export function stepsUp(path: string, model: string): number {
  const folder = partsOf(dirname(model));
  const parts = partsOf(path);
  const differs = folder.findIndex((part, i) => part !== parts[i]);
  return differs < 0 ? 0 : folder.length - differs;
}

/** Paths that may be the labels of samples, the likeliest first: beside them, with what else their names say in common. */
export function labelPaths(files: readonly string[], inputs: string): string[] {
  const kinds = ['.npy', '.npz', '.parquet', '.json', '.csv'];
  const rest = restOf(inputs);
  return files
    .filter((path) => path !== inputs && kinds.includes(extname(path).toLowerCase()))
    .map((path) => ({
      path,
      keys: [
        stepsUp(path, inputs),
        LABELLIKE.test(lastName(path)) ? 0 : 1,
        restOf(path) === rest ? 0 : 1,
        partsOf(path).length,
      ],
    }))
    .sort((a, b) => compare(a.keys, b.keys) || (a.path < b.path ? -1 : 1))
    .map(({ path }) => path);
}

/** A name without its ending and what says that it is samples or labels. */
function restOf(path: string): string {
  return stemOf(path)
    .toLowerCase()
    .replace(/(inputs?|images?|samples?|data|labels?|targets?|classes|(?<![a-z])[xy](?![a-z]))/g, '')
    .replace(/[^a-z0-9]+/g, '');
}

function namePenalty(path: string): number {
  const name = lastName(path);
  if (LABELLIKE.test(name)) return 2;
  return SAMPLELIKE.test(name) || roleOf(path) !== undefined ? 0 : 1;
}

function stemOf(path: string): string {
  return basename(path, extname(path));
}

function lastName(path: string): string {
  return basename(path);
}

function partsOf(path: string): string[] {
  return path === '.' || path === '' ? [] : path.split('/');
}

function compare(a: readonly number[], b: readonly number[]): number {
  const differs = a.findIndex((each, i) => each !== b[i]);
  return differs < 0 ? 0 : a[differs] - b[differs];
}
