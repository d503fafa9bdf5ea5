import { messageOf, UserError } from '../../errors.ts';
import type { Tensor } from '../../numerics/tensor.ts';
import { pathWithin } from '../../paths.ts';
import { readWhole } from '../../read-file.ts';
import type { Port } from '../../runtime/runtime.ts';
import { ahead, allOf } from '../ahead.ts';
import type { Column } from '../column.ts';
import { channelAxis } from '../preprocess.ts';
import { decodeImage, type ImageSize } from './decode.ts';
import { fitImage, type ImageFit } from './fit-image.ts';
import { arrangePixels, type Layout } from './pixels.ts';

/** Bytes of an image. */
const MAX_IMAGE_BYTES = 2 ** 26;

/** Images below a folder. */
export interface Images {
  /** What they are called in the configuration. */
  readonly name: string;
  /** Absolute; none of them may lie outside. */
  readonly folder: string;
  /** Relative to the folder. */
  readonly files: readonly string[];
  readonly labels?: readonly (number | string)[];
  /** Files that say which images there are, absolute. */
  readonly own: readonly string[];
  /** Where one of them is named, for messages. */
  whereOf(index: number): string;
}

/**
 * Images as uint8 tensors [channels, height, width], or [height, width, channels] for a port in that layout, with raw values
 * 0 to 255 and red first.
 *
 * @throws UserError when the port does not take images, or naming the image that cannot be used
 */
export function imageColumn(images: Images, port: Port, fit: ImageFit): Column<Tensor> {
  const { name, folder, files, labels, own, whereOf } = images;
  const read = imageReader(port, name, fit);
  const place = { folder, root: folder };
  const pathOf = async (index: number) => {
    try {
      return await pathWithin(place, files[index]);
    } catch (error) {
      throw error instanceof UserError ? new UserError(`${whereOf(index)}: ${error.message}`) : error;
    }
  };
  const indices = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);
  return {
    name,
    length: files.length,
    sampleNames: files,
    isOfImages: true,
    labels,
    ...(own.length === 0 && { labelsByFolder: true }),
    async *rows(from, to) {
      const whereIs = (index: number) => `${whereOf(index)}: ${files[index]}`;
      const bytes = ahead(indices(from, to), async (index) => readFile(await pathOf(index), whereIs(index)));
      let index = from;
      for await (const each of bytes) yield read(each, whereIs(index++));
    },
    files: async (from, to) => [...own, ...(await allOf(indices(from, to), pathOf))],
  };
}

async function readFile(path: string, where: string): Promise<Uint8Array> {
  return readWhole(path, MAX_IMAGE_BYTES).catch((error) => {
    throw new UserError(`${where} cannot be read (${messageOf(error)}): give an image of the network's size`);
  });
}

/**
 * What makes a uint8 tensor [channels, height, width], or [height, width, channels] for a port in that layout, of the bytes of
 * an image.
 *
 * @param name of the data, for messages
 * @throws UserError when the port does not take images; what it gives throws one naming the image that cannot be used
 */
export function imageReader(
  port: Port,
  name: string,
  fit: ImageFit,
): (bytes: Uint8Array, where: string) => Promise<Tensor> {
  const { size, layout } = imageShape(port, name);
  const isFitted = fit.resize !== undefined || fit.crop !== undefined;
  return async (bytes, where) => {
    const decoded = await decodeImage(bytes, isFitted ? { ...size, width: null, height: null } : size, where);
    const pixels = fitImage(decoded, fit, where);
    checkFitted(pixels, size, where);
    const { width, height } = pixels;
    const dims = layout.channelsLast ? [height, width, layout.channels] : [layout.channels, height, width];
    return { type: 'uint8', dims, data: arrangePixels(pixels, layout) };
  };
}

function checkFitted(
  { width, height }: { readonly width: number; readonly height: number },
  size: ImageSize,
  where: string,
): void {
  if (width === (size.width ?? width) && height === (size.height ?? height)) return;
  throw new UserError(
    `${where} is ${width}x${height} once resized and cropped, the network takes ${size.width ?? '?'}x${size.height ?? '?'} (width x height): correct preprocess.resize and crop`,
  );
}

interface ImageShape {
  readonly size: ImageSize;
  readonly layout: Layout;
}

function imageShape(port: Port, where: string): ImageShape {
  const { dims, name } = port;
  const channelsLast = channelAxis(dims) === 3;
  const [channels, height, width] = channelsLast ? [dims[3], dims[1], dims[2]] : dims.slice(1);
  if (dims.length !== 4 || (channels !== null && channels !== 1 && channels !== 3))
    throw new UserError(
      `${where} has images, input "${name}" takes [${dims.map((d) => d ?? '?').join(', ')}], which is no image: give .npy`,
    );
  const layout: Layout = { channels: channels ?? 3, channelsLast };
  return { size: { width: width!, height: height!, channels: layout.channels }, layout };
}
