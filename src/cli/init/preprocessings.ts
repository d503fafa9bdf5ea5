import type { Preprocess } from '../../data/preprocess.ts';

/** A usual way to prepare samples. */
export interface Preprocessing {
  /** As a line calls it. */
  readonly name: string;
  /** Undefined where the values stay as they are. */
  readonly preprocess: Preprocess | undefined;
}

/** What is known of the values before anything is done to them. */
export interface RawValues {
  readonly least: number;
  readonly most: number;
  /** Whether all of them are whole numbers. */
  readonly isWhole: boolean;
  /** Of the input that takes them; undefined where it takes no pictures. */
  readonly channels: number | undefined;
}

const IMAGENET = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };
const BYTE = 1 / 255;

const asTheyAre: Preprocessing = { name: 'as they are', preprocess: undefined };

/** Usual preprocessings that values allow, the simplest first. */
export function usualPreprocessings(values: RawValues): Preprocessing[] {
  const { least, most, channels } = values;
  const isCaffe = channels === 3 && least >= 0 && most > 1 && most <= 255;
  return [asTheyAre, ...scaled(values), ...(isCaffe ? [CAFFE] : [])];
}

/** The same with the channels turned round; undefined where they are. */
export function bgrOf({ name, preprocess }: Preprocessing): Preprocessing | undefined {
  return preprocess?.bgr ? undefined : { name: `${name}, BGR`, preprocess: { ...preprocess, bgr: true } };
}

/** Of bytes, and of what was divided by 255 already; nothing usual is known of other values. */
function scaled({ least, most, isWhole, channels }: RawValues): Preprocessing[] {
  const isBytes = isWhole && least >= 0 && most > 1 && most <= 255;
  const isSigned = isWhole && least < 0 && least >= -128 && most <= 127;
  const isUnit = !isWhole && least >= 0 && most <= 1;
  if (isBytes) return normalized(channels, BYTE);
  if (isSigned) return [{ name: 'x/128', preprocess: { scale: 1 / 128 } }];
  if (isUnit) return [...normalized(channels, 1).slice(1), { name: 'x*255', preprocess: { scale: 255 } }];
  return [];
}

function normalized(channels: number | undefined, scale: number): Preprocessing[] {
  const of = scale === 1 ? '' : '/255';
  return [
    { name: `x${of}`, preprocess: { scale } },
    ...(channels === 3
      ? [{ name: `x${of} by ImageNet's mean and std`, preprocess: { scale, ...IMAGENET } }]
      : []),
    { name: `x${of} to [-1, 1]`, preprocess: { scale, mean: [0.5], std: [0.5] } },
    ...(channels === 1
      ? [{ name: `x${of} by MNIST's mean and std`, preprocess: { scale, mean: [0.1307], std: [0.3081] } }]
      : []),
  ];
}

/** Means of ImageNet in bytes, blue first. */
const CAFFE: Preprocessing = {
  name: "x less ImageNet's mean, BGR",
  preprocess: { mean: [103.939, 116.779, 123.68], bgr: true },
};
