import type { Pixels } from './pixels.ts';

/** Fraction bits of a coefficient: what 32 bits leave beside 8 of a value and 2 for sums. */
const PRECISION = 22;

/** What one output pixel is made of along an axis. */
interface Taps {
  readonly first: Int32Array;
  readonly count: Int32Array;
  /** `most` for each output pixel. */
  readonly weights: Int32Array;
  readonly most: number;
}

/**
 * Bilinear with antialiasing, as Pillow's `Image.resize(size, BILINEAR)` and so torchvision's `Resize` of an image: along
 * rows, then along columns, in fixed point with 22 bits, rounded to 8 bits after each. To the bit as Pillow 11; Pillow 13
 * goes along columns first for some shapes, which changes values by 1 at most.
 *
 * @param width in pixels, at least 1
 * @param height in pixels, at least 1
 */
export function resample(pixels: Pixels, width: number, height: number): Pixels {
  const { channels } = pixels;
  const across = width === pixels.width ? pixels : alongRows(pixels, tapsOf(pixels.width, width), width);
  if (height === across.height) return across;
  return { width, height, channels, data: alongColumns(across, tapsOf(across.height, height), height) };
}

function tapsOf(from: number, to: number): Taps {
  const scale = from / to;
  const support = Math.max(scale, 1);
  const most = 2 * Math.ceil(support) + 1;
  const first = new Int32Array(to);
  const count = new Int32Array(to);
  const weights = new Int32Array(to * most);
  for (let i = 0; i < to; i++) {
    const center = (i + 0.5) * scale;
    const start = Math.max(0, Math.trunc(center - support + 0.5));
    const size = Math.min(from, Math.trunc(center + support + 0.5)) - start;
    // Pillow multiplies by the reciprocal, and so it has to be here.
    const triangle = Array.from({ length: size }, (_, k) =>
      Math.max(0, 1 - Math.abs((k + start - center + 0.5) * (1 / support))),
    );
    const sum = triangle.reduce((total, each) => total + each, 0);
    first[i] = start;
    count[i] = size;
    for (const [k, each] of triangle.entries())
      weights[i * most + k] = Math.trunc(0.5 + (each / sum) * (1 << PRECISION));
  }
  return { first, count, weights, most };
}

function alongRows({ width: from, height, channels, data }: Pixels, taps: Taps, width: number): Pixels {
  const { first, count, weights, most } = taps;
  const out = new Uint8Array(width * height * channels);
  for (let y = 0, to = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      for (let c = 0; c < channels; c++, to++) {
        let sum = 1 << (PRECISION - 1);
        let at = (y * from + first[x]) * channels + c;
        for (let k = 0; k < count[x]; k++, at += channels) sum += data[at] * weights[x * most + k];
        out[to] = clipped8(sum);
      }
  return { width, height, channels, data: out };
}

function alongColumns({ width, channels, data }: Pixels, taps: Taps, height: number): Uint8Array {
  const { first, count, weights, most } = taps;
  const row = width * channels;
  const out = new Uint8Array(row * height);
  for (let y = 0, to = 0; y < height; y++)
    for (let x = 0; x < row; x++, to++) {
      let sum = 1 << (PRECISION - 1);
      let at = first[y] * row + x;
      for (let k = 0; k < count[y]; k++, at += row) sum += data[at] * weights[y * most + k];
      out[to] = clipped8(sum);
    }
  return out;
}

/** Coefficients are rounded, so that their sum may be a little more than 1. */
function clipped8(sum: number): number {
  return Math.min(255, sum >> PRECISION);
}
