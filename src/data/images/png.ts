import { convertIndexedToRgb, decode } from 'fast-png';
import type { Pixels } from './pixels.ts';

/** Room for text and colour profiles beside the pixels; bounds what a small image may inflate to. */
const MAX_EXTRA_BYTES = 2 ** 18;

/**
 * Decodes a PNG of 8 bits per channel, or with a palette.
 *
 * @param accept called with the size before any pixel is decoded; what it throws passes through
 * @throws Error when the file is damaged, cut off, or of another depth
 */
export function decodePng(bytes: Uint8Array, accept: (width: number, height: number) => void): Pixels {
  if (bytes.length < 33) throw new Error('cut off');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const [width, height] = [view.getUint32(16), view.getUint32(20)];
  accept(width, height);
  if (bytes.length > width * height * 8 + MAX_EXTRA_BYTES) throw new Error('larger than its pixels');
  const png = decode(bytes, { checkCrc: true });
  if (png.width !== width || png.height !== height) throw new Error('two headers');
  if (png.palette !== undefined) {
    const channels = png.palette[0]?.length ?? 3;
    return { width, height, channels, data: convertIndexedToRgb(png) as Uint8Array };
  }
  if (png.depth !== 8) throw new Error(`${png.depth} bits per channel, 8 are read`);
  return { width, height, channels: png.channels, data: png.data as Uint8Array };
}
