import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { inputElements } from '../../data/batch.ts';
import { openDataset, type Source } from '../../data/dataset.ts';
import type { ImageFit } from '../../data/images/fit-image.ts';
import { channelAxis } from '../../data/preprocess.ts';
import type { Sample } from '../../data/sample.ts';
import { openSource } from '../../data/source.ts';
import { UserError } from '../../errors.ts';
import type { Place } from '../../paths.ts';
import type { Port } from '../../runtime/runtime.ts';

/** Samples that a model takes. */
export interface Fitting {
  readonly inputs: Source;
  readonly samples: number;
  /** Values that the first of them has for all inputs. */
  readonly elements: number;
  /** Names of the samples, where they have any. */
  readonly names: readonly string[] | undefined;
  /** Class ids that come with them. */
  readonly classIds: readonly number[] | undefined;
  /** How pictures come to the size of the network; undefined where they have it. */
  readonly fit: ImageFit | undefined;
}

/** Bytes of an archive: it is unpacked to be looked at. */
const MAX_ARCHIVE_BYTES = 2 ** 29;

/**
 * Opens samples as a run will, and reads the first one.
 *
 * @throws UserError when the model does not take them
 */
export async function fittingOf(
  inputs: Source,
  ports: readonly Port[],
  place: Place,
  fit?: ImageFit,
): Promise<Fitting> {
  const paths = typeof inputs === 'string' ? [inputs] : Object.values(inputs);
  for (const path of paths) await refuseLargeArchive(path, place);
  const dataset = await openDataset({ inputs, ...(fit && { preprocess: fit }) }, ports, place);
  let elements = 0;
  try {
    if (!dataset.length) throw new UserError(`${paths[0]} holds no samples: add some`);
    for await (const sample of dataset.samples()) {
      elements = inputElements(sample);
      break;
    }
  } finally {
    await dataset.close();
  }
  const column = await openSource(typeof inputs === 'string' ? inputs : inputs[ports[0].name], ports[0], 0, {
    place,
    ...(fit && { fit }),
  });
  await column.close?.();
  return {
    inputs,
    samples: dataset.length,
    elements,
    names: column.sampleNames,
    classIds: column.labels?.every((label) => typeof label === 'number') ? column.labels : undefined,
    fit,
  };
}

/** What torchvision's classifiers resize for each pixel that they crop. */
const BEYOND_CROP = 256 / 224;

/**
 * Usual ways of pictures to the size of a network: a little larger and the middle of it, as classifiers are trained, or
 * stretched, as detectors are. None where the size is open.
 */
export function usualFits(ports: readonly Port[]): ImageFit[] {
  const port = ports.find(({ dims }) => dims.length === 4);
  const size = port === undefined ? undefined : sizeOf(port);
  if (size === undefined) return [];
  const [width, height] = size;
  const resize = Math.round(Math.max(width, height) * BEYOND_CROP);
  return [{ resize, crop: [height, width] }, { resize: [height, width] }];
}

/** Width and height of the pictures that an input takes; undefined where they are open. */
export function sizeOf({ dims }: Port): readonly [width: number, height: number] | undefined {
  const [height, width] = channelAxis(dims) === 3 ? dims.slice(1, 3) : dims.slice(2);
  return typeof height === 'number' && typeof width === 'number' ? [width, height] : undefined;
}

async function refuseLargeArchive(path: string, { folder }: Place): Promise<void> {
  if (!/\.npz$/i.test(path)) return;
  const { size } = await stat(join(folder, path));
  if (size > MAX_ARCHIVE_BYTES)
    throw new UserError(
      `${path} is larger than ${MAX_ARCHIVE_BYTES / 2 ** 20} MiB, and would have to be unpacked: save it as .npy`,
    );
}

/** Between samples that are read together. */
const RUNS = 20;

/**
 * Samples from all over a range, not prepared.
 *
 * @param most at most so many, of which some lie side by side
 * @throws UserError when they cannot be read
 */
export async function readSpread(
  { inputs, labels, fit }: Pick<Fitting, 'inputs' | 'fit'> & { readonly labels: string | undefined },
  [from, to]: readonly [number, number],
  most: number,
  { ports, place }: { readonly ports: readonly Port[]; readonly place: Place },
): Promise<Sample[]> {
  const isArchive = [inputs, labels].some((each) => typeof each === 'string' && /\.npz(:|$)/i.test(each));
  const count = Math.min(most, to - from);
  const runs = isArchive || count === to - from ? 1 : Math.min(RUNS, count);
  const samples: Sample[] = [];
  for (let run = 0; run < runs; run++) {
    const start = from + Math.floor((run * (to - from)) / runs);
    const length = Math.floor(((run + 1) * count) / runs) - Math.floor((run * count) / runs);
    const range = [start, start + length] as const;
    const dataset = await openDataset({ inputs, labels, range, preprocess: fit }, ports, place);
    try {
      for await (const sample of dataset.samples()) samples.push(sample);
    } finally {
      await dataset.close();
    }
  }
  return samples;
}
