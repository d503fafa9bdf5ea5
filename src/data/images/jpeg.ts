import type { Codec } from '@cornerstonejs/codec-libjpeg-turbo-8bit/decodewasmjs';
import { messageOf, UserError } from '../../errors.ts';
import { jpegFrame } from './jpeg-frame.ts';
import { countScans } from './jpeg-scans.ts';
import type { Pixels } from './pixels.ts';

/** Encoders write 10 or so; each is a pass over all pixels. */
const MAX_SCANS = 64;

let codec: Promise<Codec> | undefined;

/**
 * Decodes a baseline or progressive JPEG, grey or colour, without regard to its EXIF orientation (as Pillow does).
 *
 * @param accept called with the size before any pixel is decoded; what it throws passes through
 * @throws Error when the file is damaged, cut off, or of a kind that is not read (CMYK, 12 bits)
 * @throws UserError when the decoder itself does not start, which is no fault of the file
 */
export async function decodeJpeg(
  bytes: Uint8Array,
  accept: (width: number, height: number) => void,
): Promise<Pixels> {
  const frame = jpegFrame(bytes);
  if (frame?.channels === 4) throw new Error('its colours are CMYK');
  if (frame !== undefined && frame.precision !== 8)
    throw new Error(`${frame.precision} bits per channel, 8 are read`);
  if (countScans(bytes, MAX_SCANS) > MAX_SCANS) throw new Error(`more than ${MAX_SCANS} scans`);
  codec ??= startCodec();
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
    throw error instanceof Error ? error : new Error('damaged or cut off');
  } finally {
    // What the decoder allocated before it threw is lost inside its heap, so that heap is dropped as well.
    if (intact) decoder.delete();
    else codec = undefined;
  }
}

/** What WebAssembly says, without its advice to those who compile. */
const reasonOf = (error: unknown) =>
  messageOf(error)
    .replace(/\.? Build with -sASSERTIONS.*$/, '')
    .slice(0, 200);

/** Starts with the first JPEG: most runs read none. */
async function startCodec(): Promise<Codec> {
  try {
    const { default: createCodec } = await import('@cornerstonejs/codec-libjpeg-turbo-8bit/decodewasmjs');
    return await createCodec({ printErr: () => {} });
  } catch (error) {
    throw new UserError(
      `the JPEG decoder of quantgate does not start (${reasonOf(error)}): install quantgate again, the images are not at fault`,
    );
  }
}
