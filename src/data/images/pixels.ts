import type { Tensor } from '../../numerics/tensor.ts';

/** A decoded image: `data` holds 8 bits per channel, channels of one pixel side by side. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  /** 1 is grey, 2 grey and alpha, 3 red, green, blue, 4 red, green, blue and alpha. */
  readonly channels: number;
  readonly data: Uint8Array | Uint8ClampedArray;
}

/** How a network takes an image. */
export interface Layout {
  readonly channels: 1 | 3;
  readonly channelsLast: boolean;
}

/**
 * The pixels of an image as the model takes them: grey is repeated for three channels, colour becomes grey by
 * ITU-R 601-2 luma in the 16-bit fixed point of Pillow, alpha is dropped.
 */
export function arrangePixels(pixels: Pixels, layout: Layout): Uint8Array {
  const { width, height, channels, data } = pixels;
  if (layout.channels === 1) return channels >= 3 ? lumaOf(pixels) : planesOf(data, channels, 1);
  const planes = planesOf(data, channels, channels >= 3 ? 3 : 1);
  if (!layout.channelsLast) return channels >= 3 ? planes : repeat(planes, 3);
  const out = new Uint8Array(width * height * 3);
  const plane = channels >= 3 ? width * height : 0;
  for (let i = 0, to = 0; to < out.length; i++) {
    out[to++] = planes[i];
    out[to++] = planes[i + plane];
    out[to++] = planes[i + 2 * plane];
  }
  return out;
}

/** The pixels of a tensor [channels, height, width], or [height, width, channels], of an image that a model takes. */
export function pixelsOf({ dims, data }: Tensor, channelsLast: boolean): Pixels {
  const [channels, height, width] = channelsLast ? [dims[2], dims[0], dims[1]] : dims;
  const values = data as Uint8Array;
  if (channelsLast) return { width, height, channels, data: values };
  const size = width * height;
  const pixels = Uint8Array.from(values, (_, i) => values[(i % channels) * size + Math.floor(i / channels)]);
  return { width, height, channels, data: pixels };
}

/** The first `count` channels one after the other. */
function planesOf(data: Pixels['data'], channels: number, count: number): Uint8Array {
  const size = data.length / channels;
  const planes = new Uint8Array(size * count);
  // One pass over the pixels, which three would read three times.
  if (count === 3) {
    for (let i = 0, from = 0; i < size; i++, from += channels) {
      planes[i] = data[from];
      planes[i + size] = data[from + 1];
      planes[i + 2 * size] = data[from + 2];
    }
    return planes;
  }
  for (let c = 0; c < count; c++) {
    const to = c * size;
    for (let i = 0, from = c; i < size; i++, from += channels) planes[to + i] = data[from];
  }
  return planes;
}

function lumaOf({ channels, data }: Pixels): Uint8Array {
  const luma = new Uint8Array(data.length / channels);
  for (let i = 0, from = 0; i < luma.length; i++, from += channels)
    luma[i] = (data[from] * 19595 + data[from + 1] * 38470 + data[from + 2] * 7471 + 0x8000) >> 16;
  return luma;
}

function repeat(plane: Uint8Array, times: number): Uint8Array {
  const out = new Uint8Array(plane.length * times);
  for (let i = 0; i < times; i++) out.set(plane, i * plane.length);
  return out;
}
