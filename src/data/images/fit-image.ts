import { UserError } from '../../errors.ts';
import { checkSampleSize } from '../sample-size.ts';
import type { Pixels } from './pixels.ts';
import { resample } from './resample.ts';

/** The shorter side in pixels, or height and width. */
export type Sides = number | readonly [height: number, width: number];

/** How images of any size come to that of the network: resized, then cut out of the middle. */
export interface ImageFit {
  readonly resize?: Sides;
  /** A number is both sides. */
  readonly crop?: Sides;
}

/**
 * Resizes and crops as torchvision's `Resize` and `CenterCrop` do with images of Pillow.
 *
 * @throws UserError naming `where` when the image would be too large, or is smaller than the crop
 */
export function fitImage(pixels: Pixels, { resize, crop }: ImageFit, where: string): Pixels {
  const resized = resize === undefined ? pixels : resizedTo(pixels, resize, where);
  return crop === undefined ? resized : croppedTo(resized, crop, where);
}

function resizedTo(pixels: Pixels, resize: Sides, where: string): Pixels {
  const [height, width] = typeof resize === 'number' ? shorterSide(pixels, resize) : resize;
  checkSampleSize([width, height, pixels.channels], `${where}, resized,`);
  return resample(pixels, width, height);
}

function shorterSide({ width, height }: Pixels, side: number): [height: number, width: number] {
  const long = Math.trunc((side * Math.max(width, height)) / Math.min(width, height));
  return width <= height ? [long, side] : [side, long];
}

function croppedTo({ width, height, channels, data }: Pixels, crop: Sides, where: string): Pixels {
  const [high, wide] = typeof crop === 'number' ? [crop, crop] : crop;
  if (high > height || wide > width)
    throw new UserError(
      `${where} is ${width}x${height} where ${wide}x${high} are cropped (width x height): set preprocess.resize`,
    );
  const [top, left] = [halfEven(height - high), halfEven(width - wide)];
  const out = new Uint8Array(high * wide * channels);
  for (let y = 0; y < high; y++) {
    const from = ((top + y) * width + left) * channels;
    out.set(data.subarray(from, from + wide * channels), y * wide * channels);
  }
  return { width: wide, height: high, channels, data: out };
}

/** Half of a whole number, rounded as Python rounds it: to the even one. */
function halfEven(twice: number): number {
  const down = Math.floor(twice / 2);
  return twice % 2 === 1 && down % 2 === 1 ? down + 1 : down;
}
