import { messageOf, UserError } from '../../errors.ts';
import { checkSampleSize } from '../sample-size.ts';
import { decodeJpeg } from './jpeg.ts';
import type { Pixels } from './pixels.ts';
import { decodePng } from './png.ts';

/** The size a network takes; null stands for any. */
export interface ImageSize {
  /** Of the network's input. */
  readonly channels: number;
  readonly width: number | null;
  readonly height: number | null;
}

/** Pixels of a file (64 megapixels), more than any network takes: bounds the memory of images for networks of any size. */
const MAX_PIXELS = 2 ** 26;
/** Pixels of an edge: all that a JPEG can have. */
const MAX_EDGE = 2 ** 16 - 1;

/**
 * Decodes a JPEG or PNG that already has the network's size; the format is told by the first bytes.
 *
 * @throws UserError naming `where` when the image is damaged, of another format, or of another size
 */
export async function decodeImage(bytes: Uint8Array, size: ImageSize, where: string): Promise<Pixels> {
  const accept = (width: number, height: number) => checkSize(width, height, size, where);
  const isPng = bytes[0] === 0x89 && bytes[1] === 0x50;
  const isJpeg = bytes[0] === 0xff && bytes[1] === 0xd8;
  if (!isPng && !isJpeg) throw new UserError(`${where} is neither JPEG nor PNG: convert it`);
  try {
    const pixels = isPng ? decodePng(bytes, accept) : await decodeJpeg(bytes, accept);
    const { width, height, channels, data } = pixels;
    if (data.length !== width * height * channels)
      throw new RangeError(
        `it holds ${data.length} values for ${width}x${height} pixels of ${channels} channels`,
      );
    return pixels;
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(
      `${where} is not a ${isPng ? 'PNG' : 'JPEG'} that can be read (${messageOf(error)}): save it again with 8 bits per channel, in RGB or grey`,
    );
  }
}

function checkSize(width: number, height: number, size: ImageSize, where: string): void {
  if (width !== (size.width ?? width) || height !== (size.height ?? height))
    throw new UserError(
      `${where} is ${width}x${height}, the network takes ${size.width ?? '?'}x${size.height ?? '?'} (width x height): set preprocess.resize and crop, or resize it first`,
    );
  if (width * height > MAX_PIXELS || width * height === 0)
    throw new UserError(`${where} has ${width}x${height} pixels: between 1 and ${MAX_PIXELS} are read`);
  if (Math.max(width, height) > MAX_EDGE)
    throw new UserError(`${where} is ${width}x${height}: ${MAX_EDGE} pixels at most are read along an edge`);
  checkSampleSize([width, height, size.channels], where);
}
