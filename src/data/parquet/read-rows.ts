import { UserError } from '../../errors.ts';
import { arrayOf, elementCount, type Tensor } from '../../numerics/tensor.ts';
import { MAX_SAMPLE_ELEMENTS } from '../sample-size.ts';
import type { Leaf } from './column-leaf.ts';
import type { PageValues } from './decode-page.ts';
import type { PlacedPage } from './read-pages.ts';

/** The value of a column in one row. */
export type ParquetValue = Tensor | Uint8Array | string;

/** Which rows of a row group are asked for, and how they are called. */
export interface WantedRows {
  /** As the user names the column, for messages. */
  readonly name: string;
  /** Rows of the file before the group. */
  readonly first: number;
  /** The first row of the group that is given. */
  readonly from: number;
}

/** A piece of a row that one page holds. */
interface Piece {
  readonly repetition: Uint8Array | undefined;
  readonly values: PageValues;
}

/**
 * Puts the rows of a row group together, each of a tensor whose lists all have the same length, of text or of bytes.
 *
 * @throws UserError naming the row that is no such value
 */
export async function* readRows(
  pages: AsyncIterable<PlacedPage>,
  leaf: Leaf,
  { name, first, from }: WantedRows,
): AsyncGenerator<ParquetValue> {
  const whereOf = (index: number) => `${name}, row ${first + index}`;
  let pieces: Piece[] = [];
  let [row, entries] = [-1, 0];
  for await (const { before, repetition, definition, values, entries: count } of pages) {
    if (repetition === undefined) row = before - 1;
    for (let at = 0, value = 0; at < count; ) {
      const isNext = repetition === undefined || repetition[at] === 0;
      if (isNext) {
        if (pieces.length > 0) yield composed(pieces, leaf, whereOf(row));
        [pieces, entries] = [[], 0];
        row++;
      }
      if (row < 0) throw new RangeError('a list begins before its row');
      let end = at + 1;
      while (repetition !== undefined && end < count && repetition[end] !== 0) end++;
      const there = countThere(definition, leaf.depth, at, end);
      entries += end - at;
      if (row >= from) {
        if (there < end - at)
          throw new UserError(`${whereOf(row)}: there is no value, or an empty list: leave such rows out`);
        if (entries > MAX_SAMPLE_ELEMENTS)
          throw new UserError(
            `${whereOf(row)} has more than ${MAX_SAMPLE_ELEMENTS} values: make the samples smaller`,
          );
        pieces.push({ repetition: repetition?.subarray(at, end), values: cut(values, value, value + there) });
      }
      value += there;
      at = end;
    }
  }
  if (pieces.length > 0) yield composed(pieces, leaf, whereOf(row));
}

function countThere(definition: Uint8Array | undefined, depth: number, from: number, to: number): number {
  if (definition === undefined) return to - from;
  let there = 0;
  for (let i = from; i < to; i++) if (definition[i] === depth) there++;
  return there;
}

function cut(values: PageValues, from: number, to: number): PageValues {
  return (
    Array.isArray(values) ? values.slice(from, to) : (values as Float32Array).subarray(from, to)
  ) as PageValues;
}

function composed(pieces: readonly Piece[], { holds, axes }: Leaf, where: string): ParquetValue {
  if (holds === 'bytes') return pieces[0].values[0] as Uint8Array;
  if (holds === 'text') return Buffer.from(pieces[0].values[0] as Uint8Array).toString('utf8');
  const count = pieces.reduce((sum, { values }) => sum + values.length, 0);
  const data = new (arrayOf(holds))(count);
  let at = 0;
  for (const { values } of pieces) {
    data.set(values as unknown as Float32Array & BigInt64Array, at);
    at += values.length;
  }
  const dims = axes === 0 ? [] : shapeOf(pieces, axes);
  if (dims === undefined)
    throw new UserError(`${where} has lists of several lengths within each other: make them of one length`);
  return { type: holds, dims, data };
}

/**
 * The shape that repetition levels say: an entry of level k begins another list at axis k.
 *
 * @returns undefined where the lists of an axis differ in length
 */
function shapeOf(pieces: readonly Piece[], axes: number): number[] | undefined {
  const begun = new Array<number>(axes + 1).fill(0);
  for (const { repetition } of pieces) for (const level of repetition!) if (level <= axes) begun[level]++;
  const upTo = begun.map((_, level) => begun.slice(0, level + 1).reduce((sum, each) => sum + each));
  const dims = upTo.slice(1).map((each, i) => each / upTo[i]);
  if (dims.some((d) => !Number.isInteger(d))) return undefined;
  const sizes = dims.map((_, axis) => elementCount(dims.slice(axis)));
  const innermost = dims[axes - 1];
  let at = 0;
  for (const { repetition } of pieces)
    for (const level of repetition!) {
      const expected = at % innermost === 0 ? sizes.findIndex((size) => at % size === 0) : axes;
      if (level !== expected) return undefined;
      at++;
    }
  return dims;
}
