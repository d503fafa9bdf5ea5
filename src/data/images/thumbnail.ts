import { encode } from 'fast-png';
import type { Pixels } from './pixels.ts';
import { resample } from './resample.ts';

/** Pixels of the longer side. */
const MAX_SIDE = 64;
/** The same of pictures that do not compress: even noise in colour fits. */
const SIDE_OF_NOISE = 48;
/** Bytes of a PNG. */
export const MAX_THUMBNAIL_BYTES = 8192;

/** A picture as the data: URI of a PNG of at most 64 pixels a side and 8 KiB; a small one is as it is. */
export function thumbnailOf(pixels: Pixels): string {
  const png = pngOf(shrunk(pixels, MAX_SIDE));
  const small = png.length <= MAX_THUMBNAIL_BYTES ? png : pngOf(shrunk(pixels, SIDE_OF_NOISE));
  return `data:image/png;base64,${Buffer.from(small).toString('base64')}`;
}

function shrunk(pixels: Pixels, side: number): Pixels {
  const { width, height } = pixels;
  const factor = Math.min(1, side / Math.max(width, height));
  const scaled = (length: number) => Math.max(1, Math.round(length * factor));
  return resample(pixels, scaled(width), scaled(height));
}

function pngOf({ width, height, channels, data }: Pixels): Uint8Array {
  return encode({ width, height, channels, depth: 8, data: new Uint8Array(data) });
}
