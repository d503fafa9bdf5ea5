import type { Codec } from '@cornerstonejs/codec-libjpeg-turbo-8bit/decodewasmjs';
import type { Pixels } from './pixels.ts';

let codec: Promise<Codec> | undefined;

/**
 * Decodes a baseline or progressive JPEG, grey or colour, without regard to its EXIF orientation (as Pillow does).
 *
 * @param accept called with the size before any pixel is decoded; what it throws passes through
 * @throws Error when the file is damaged, cut off, or of a kind that is not read (CMYK, 12 bits)
 */
export async function decodeJpeg(
  bytes: Uint8Array,
  accept: (width: number, height: number) => void,
): Promise<Pixels> {
  // Started with the first JPEG: most runs read none.
  codec ??= import('@cornerstonejs/codec-libjpeg-turbo-8bit/decodewasmjs').then((m) =>
    m.default({ printErr: () => {} }),
  );
  const decoder = new (await codec).JPEGDecoder();
  let intact = false;
  try {
    decoder.getEncodedBuffer(bytes.length).set(bytes);
    decoder.readHeader();
    const { width, height } = decoder.getFrameInfo();
    accept(width, height);
    decoder.decode();
    const { componentCount: channels } = decoder.getFrameInfo();
    const data = decoder.getDecodedBuffer().slice();
    intact = true;
    return { width, height, channels, data };
  } catch (error) {
    throw error instanceof Error ? error : new Error('damaged, cut off, or CMYK');
  } finally {
    // What the decoder allocated before it threw is lost inside its heap, so that heap is dropped as well.
    if (intact) decoder.delete();
    else codec = undefined;
  }
}
