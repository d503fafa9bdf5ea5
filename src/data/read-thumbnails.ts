import type { Tensor } from '../numerics/tensor.ts';
import type { Place } from '../paths.ts';
import type { Port } from '../runtime/runtime.ts';
import type { Column } from './column.ts';
import { inputPaths, type Source } from './dataset.ts';
import type { ImageFit } from './images/fit-image.ts';
import { pixelsOf } from './images/pixels.ts';
import { thumbnailOf } from './images/thumbnail.ts';
import { channelAxis } from './preprocess.ts';
import { openSource } from './source.ts';

/** Data that are no pictures; an archive would be unpacked to learn that. */
const NO_PICTURES = /\.(npy|npz|pb|m?js)(:|$)/i;

/**
 * Small pictures of samples, as the model sees them: resized and cropped, before scale, mean and std.
 *
 * @param indices of the samples, whatever the range
 * @returns data: URIs by index; none where no input takes pictures
 * @throws UserError naming the image that cannot be used
 */
export async function readThumbnails(
  inputs: Source,
  indices: readonly number[],
  { ports, place, fit }: { readonly ports: readonly Port[]; readonly place: Place; readonly fit: ImageFit },
): Promise<ReadonlyMap<number, string>> {
  const found = new Map<number, string>();
  const paths =
    typeof inputs === 'string' && NO_PICTURES.test(inputs) ? [] : await inputPaths(inputs, ports, place);
  for (const [position, path] of paths.entries()) {
    if (NO_PICTURES.test(path)) continue;
    const port = ports[position];
    const column = await openSource(path, port, position, { place, fit });
    try {
      if (!column.isOfImages) continue;
      for (const index of indices)
        found.set(index, await thumbnailAt(column, index, channelAxis(port.dims) === 3));
      return found;
    } finally {
      await column.close?.();
    }
  }
  return found;
}

async function thumbnailAt(column: Column<Tensor>, index: number, channelsLast: boolean): Promise<string> {
  for await (const image of column.rows(index, index + 1)) return thumbnailOf(pixelsOf(image, channelsLast));
  throw new RangeError(`there is no sample ${index}`);
}
