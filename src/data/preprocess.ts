import { UserError } from '../errors.ts';
import { elementCount } from '../numerics/tensor.ts';
import type { Port } from '../runtime/runtime.ts';
import { isFloat } from './convert.ts';
import type { ImageFit } from './images/fit-image.ts';

/**
 * What is done to the raw values of a model's inputs: (x · scale − mean) / std. `mean` and `std` have one value
 * for all channels or one for each, in the order in which the model takes the channels. Raw images are red, green,
 * blue; `bgr` turns the three channels round, whatever file they come from. Images are resized and cropped before.
 */
export interface Preprocess extends ImageFit {
  readonly scale?: number;
  readonly mean?: readonly number[];
  readonly std?: readonly number[];
  readonly bgr?: boolean;
}

/**
 * What is done to the values of one of a model's inputs. Beside floating-point inputs, integers that are no images are
 * fed as they are: token ids, lengths and masks.
 *
 * @param ports all inputs of the model
 * @returns undefined where the values stay as they are
 */
export function preprocessFor(
  port: Port,
  ports: readonly Port[],
  preprocess: Preprocess | undefined,
): Preprocess | undefined {
  if (preprocess === undefined) return undefined;
  const { scale = 1, mean = [0], std = [1], bgr = false } = preprocess;
  const keepsValues = scale === 1 && mean.every((m) => m === 0) && std.every((s) => s === 1) && !bgr;
  // Lists for each channel have to fit the channels, whatever is in them.
  if (isFloat(port.type))
    return keepsValues && mean.length === 1 && std.length === 1 ? undefined : preprocess;
  const isImage = port.dims.length === 4 && (port.type === 'uint8' || port.type === 'int8');
  return keepsValues || (!isImage && ports.some(({ type }) => isFloat(type))) ? undefined : preprocess;
}

/**
 * The axis of a port's channels: 1, or the last one of four when only that one has the size of grey or colour (NHWC).
 */
export function channelAxis(dims: readonly (number | null)[]): number {
  const isColour = (d: number | null | undefined) => d === 1 || d === 3;
  return dims.length === 4 && isColour(dims[3]) && !isColour(dims[1]) ? 3 : 1;
}

/**
 * Preprocesses one sample, whose leading dimension is 1, into `into`, which has the same number of elements.
 *
 * @throws UserError when `mean`, `std` or `bgr` do not fit the number of channels, or a value is no usable number
 */
export function preprocessInto(
  into: Float32Array | Float64Array,
  { dims, data: raw }: { readonly dims: readonly number[]; readonly data: ArrayLike<number> },
  { scale = 1, mean = [0], std = [1], bgr = false }: Preprocess,
  port: Port,
): void {
  const axis = channelAxis(port.dims);
  const channels = dims[axis] ?? 1;
  for (const [key, list] of Object.entries({ mean, std })) {
    if (list.length !== 1 && list.length !== channels) {
      const [has, give] = channels === 1 ? ['1 channel', '1'] : [`${channels} channels`, `1 or ${channels}`];
      throw new UserError(
        `preprocess.${key} has ${list.length} values, input "${port.name}" has ${has}: give ${give}`,
      );
    }
  }
  if (![scale, ...mean, ...std].every(Number.isFinite) || std.includes(0))
    throw new UserError('preprocess: scale, mean and std are finite numbers, and no std is 0');
  if (bgr && channels !== 3)
    throw new UserError(
      `preprocess.bgr needs 3 channels, input "${port.name}" has ${channels}: leave it out`,
    );
  const inner = elementCount(dims.slice(axis + 1));
  const outer = raw.length / (channels * inner);
  for (let o = 0; o < outer; o++) {
    for (let c = 0; c < channels; c++) {
      const m = mean[c] ?? mean[0];
      const s = std[c] ?? std[0];
      const to = (o * channels + c) * inner;
      const from = (o * channels + (bgr ? channels - 1 - c : c)) * inner;
      if (raw instanceof Uint8Array) {
        const table = Float64Array.from({ length: 256 }, (_, value) => (value * scale - m) / s);
        for (let i = 0; i < inner; i++) into[to + i] = table[raw[from + i]];
      } else for (let i = 0; i < inner; i++) into[to + i] = (raw[from + i] * scale - m) / s;
    }
  }
}
