import { convertValues, isFloat, numbersOf } from '../../data/convert.ts';
import { mostNpyBytes, npyTensor } from '../../data/npy-tensor.ts';
import { messageOf, UserError } from '../../errors.ts';
import type { Outputs } from '../../metrics/metric.ts';
import { elementCount, type Tensor } from '../../numerics/tensor.ts';
import { readWhole } from '../../read-file.ts';

/** What an output must be: of the prediction for the same sample. */
export type Expected = Pick<Tensor, 'type' | 'dims'>;

/**
 * Outputs of the samples of a model that something else computed: those that it shows, of one sample, counted from 0.
 *
 * @param like the prediction for that sample, whose shapes and types they must have
 * @throws UserError when one cannot be read or is of another shape
 */
export type OutputsElsewhere = (sample: number, like: Outputs) => Promise<Outputs>;

/**
 * The bytes of a file of results; undefined where there is none.
 *
 * @throws UserError for what is no file, or larger than it may be
 */
export async function resultBytes(
  path: string,
  where: string,
  most: number,
): Promise<Uint8Array | undefined> {
  try {
    return await readWhole(path, most);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new UserError(`${where} cannot be read (${messageOf(error)}): run it again`);
  }
}

/**
 * A .npy file as the output that is expected; undefined where there is none.
 *
 * @throws UserError when it is another than is expected
 */
export async function readNpyOutput(
  path: string,
  where: string,
  expected: Expected,
): Promise<Tensor | undefined> {
  const bytes = await resultBytes(path, where, mostNpyBytes(elementCount(expected.dims)));
  return bytes && asExpected(npyTensor(bytes, where), where, expected);
}

/**
 * A tensor in the shape and type that are expected. Dimensions of 1 may be there or not: libraries differ in them.
 *
 * @throws UserError for other shapes, values that are no numbers, and parts of class ids
 */
export function asExpected(found: Tensor, where: string, { type, dims }: Expected): Tensor {
  const plain = (shape: readonly number[]) => shape.filter((d) => d !== 1).join(', ');
  if (plain(found.dims) !== plain(dims))
    throw new UserError(
      `${where} has shape (${found.dims.join(', ')}), not (${dims.join(', ')}): give the outputs of this model in its own layout`,
    );
  const values = numbersOf(found);
  const bad = values.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) throw new UserError(`${where} holds ${values[bad]} at element ${bad}: look at what ran it`);
  if (isFloat(type) || !isFloat(found.type)) return { type, dims, data: convertValues(found, type, where) };
  const whole = Float64Array.from(values);
  if (!whole.every(Number.isInteger))
    throw new UserError(`${where} holds fractions where the model gives ${type}: look at what ran it`);
  const integers = { type: 'int64' as const, dims, data: BigInt64Array.from(whole, BigInt) };
  return { type, dims, data: convertValues(integers, type, where) };
}

/** The part of what several rows share that is one row's; `like` is what was predicted for that row. */
export function expectedOf(like: Tensor, rows: number): Expected {
  return rows === 1 ? like : { type: like.type, dims: [rows, ...like.dims.slice(1)] };
}

/** One row of a tensor of several. */
export function rowOfTensor({ type, dims, data }: Tensor, row: number, rows: number): Tensor {
  if (rows === 1) return { type, dims, data };
  const count = data.length / rows;
  return { type, dims: [1, ...dims.slice(1)], data: data.subarray(row * count, (row + 1) * count) };
}
