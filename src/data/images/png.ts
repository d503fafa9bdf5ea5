import { inflateSync } from 'node:zlib';
import { convertIndexedToRgb, decode } from 'fast-png';
import type { Pixels } from './pixels.ts';
import { type PngHeader, pngParts, rawBytes } from './png-parts.ts';

/** Bytes behind the pixels that some writers leave in their stream. */
const MAX_EXTRA_BYTES = 2 ** 16;

/**
 * Decodes a PNG of 8 bits per channel, or with a palette.
 *
 * @param accept called with the size before any pixel is decoded; what it throws passes through
 * @throws Error when the file is damaged, cut off, or of another depth
 */
export function decodePng(bytes: Uint8Array, accept: (width: number, height: number) => void): Pixels {
  const { header, data, file } = pngParts(bytes);
  const { width, height } = header;
  accept(width, height);
  if (!header.hasPalette && header.depth !== 8)
    throw new Error(`${header.depth} bits per channel, 8 are read`);
  checkInflated(data, header);
  const png = decode(file, { checkCrc: true });
  if (png.palette !== undefined) {
    const channels = png.palette[0]?.length ?? 3;
    return { width, height, channels, data: convertIndexedToRgb(png) as Uint8Array };
  }
  return { width, height, channels: png.channels, data: png.data as Uint8Array };
}

/** The decoder would take whatever the stream inflates to. */
function checkInflated(data: Uint8Array, header: PngHeader): void {
  const needed = rawBytes(header);
  let inflated: number;
  try {
    inflated = inflateSync(data, { maxOutputLength: needed + MAX_EXTRA_BYTES }).length;
  } catch (error) {
    const isMore = (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE';
    throw isMore ? new Error('it unpacks to more than its pixels') : error;
  }
  if (inflated < needed) throw new Error('cut off');
}
