import { type FileHandle, open } from 'node:fs/promises';
import { messageOf, UserError } from '../../errors.ts';
import type { Tensor } from '../../numerics/tensor.ts';
import type { Port } from '../../runtime/runtime.ts';
import { type Column, mapColumn } from '../column.ts';
import type { ImageFit } from '../images/fit-image.ts';
import { imageReader } from '../images/image-column.ts';
import type { Leaf, ParquetColumn } from './column-leaf.ts';
import { type KeptGroups, keepGroups } from './keep-groups.ts';
import { type Footer, readFooter } from './read-footer.ts';
import { readPages } from './read-pages.ts';
import { type ParquetValue, readRows } from './read-rows.ts';

/** Entries of a column of any file, and those for each byte of it: what says anything does not compress more. */
const SOME_ENTRIES = 2 ** 24;
const MAX_RATIO = 256;

/** A file and the column of it that the user names, if any. */
export interface ParquetSource {
  /** Absolute. */
  readonly file: string;
  /** As the user wrote it, for messages. */
  readonly name: string;
  readonly member: string | undefined;
}

/**
 * A column of a Parquet file that feeds an input: pictures, numbers, or lists of numbers that are nested to one shape.
 * Undefined members stand for the column of the input's name, else the only one with pictures, else the only one.
 *
 * @throws UserError when the file is damaged or has no such column; rows throw one where a value is none of that
 */
export async function openParquet(source: ParquetSource, port: Port, fit: ImageFit): Promise<Column<Tensor>> {
  const { name } = source;
  const { leaf, values } = await openColumn(
    source,
    ({ columns }) => {
      const pictures = columns.filter((column) => column.leaf?.holds === 'bytes');
      const byName = columns.find((column) => column.name === port.name);
      return [byName, ...[pictures, columns].map((each) => (each.length === 1 ? each[0] : undefined))];
    },
    port.name,
  );
  if (leaf.holds === 'text')
    throw new UserError(`${name} has texts for input "${port.name}": give numbers or pictures`);
  if (leaf.holds !== 'bytes') return values as Column<Tensor>;
  const read = imageReader(port, name, fit);
  return {
    ...values,
    isOfImages: true,
    async *rows(from, to) {
      let index = from;
      for await (const bytes of values.rows(from, to))
        yield read(bytes as Uint8Array, `${name}, row ${index++}`);
    },
  };
}

/**
 * A column of numbers, lists of numbers or texts that says what is known of samples; an undefined member stands for `label` or
 * `labels`.
 *
 * @throws UserError as `openParquet`
 */
export async function openParquetLabels(source: ParquetSource): Promise<Column<Tensor | string>> {
  const { leaf, values } = await openColumn(
    source,
    ({ columns }) => ['label', 'labels'].map((each) => columns.find(({ name }) => name === each)),
    'label',
  );
  if (leaf.holds === 'bytes')
    throw new UserError(`${source.name} has bytes or pictures for labels: give numbers or texts`);
  return mapColumn(values, (value) => value as Tensor | string);
}

async function openColumn(
  { file, name, member }: ParquetSource,
  likely: (footer: Footer) => readonly (ParquetColumn | undefined)[],
  wanted: string,
): Promise<{ readonly leaf: Leaf; readonly values: Column<ParquetValue> }> {
  const footer = await reading(file, name, readFooter);
  const { columns } = footer;
  const column =
    member === undefined
      ? likely(footer).find((each) => each !== undefined)
      : columns.find((each) => each.name === member);
  if (column === undefined) {
    const known = columns.slice(0, 10).map((each) => each.name);
    throw new UserError(
      `${name} has no column "${member ?? wanted}" (it has ${known.join(', ') || 'none'}): write the path as file.parquet#column`,
    );
  }
  const { leaf } = column;
  if (leaf === undefined || (leaf.axes > 0 && (leaf.holds === 'bytes' || leaf.holds === 'text')))
    throw new UserError(
      `${name}: column "${column.name}" holds neither pictures nor numbers, texts, or lists of numbers: give another`,
    );
  await reading(file, name, async () => checkChunks(footer, leaf));
  const all = { source: { file, name }, groups: footer.groups, leaf };
  const kept = keepGroups((group) => groupRows(all, group, [0, footer.groups[group].rows]));
  return {
    leaf,
    values: {
      name,
      length: footer.rows,
      rows: (from, to) => rowsOf({ ...all, kept }, from, to),
      files: async () => [file],
    },
  };
}

/** @throws RangeError */
function checkChunks({ groups, size }: Footer, leaf: Leaf): void {
  let [entries, bytes] = [0, 0];
  for (const { chunks } of groups) {
    const chunk = chunks.find(({ path }) => path === leaf.path);
    if (chunk === undefined) throw new RangeError('a row group lacks a column');
    if (chunk.isElsewhere) throw new RangeError('its values are in another file');
    entries += chunk.values;
    bytes += chunk.end - chunk.start;
  }
  if (bytes > size) throw new RangeError('it is cut off');
  if (entries > SOME_ENTRIES + MAX_RATIO * size)
    throw new RangeError(`a column has ${entries} values in ${size} bytes`);
}

/** Where the values of a column are, and the groups of it that are kept. */
interface Reading {
  readonly source: Pick<ParquetSource, 'file' | 'name'>;
  readonly groups: Footer['groups'];
  readonly leaf: Leaf;
  readonly kept: KeptGroups;
}

async function* rowsOf(
  { kept, ...reading }: Reading,
  from: number,
  to: number,
): AsyncGenerator<ParquetValue> {
  let first = 0;
  for (const [group, { rows }] of reading.groups.entries()) {
    const [start, end] = [Math.max(from - first, 0), Math.min(to - first, rows)];
    if (start < end) {
      const isPart = end - start < rows;
      const values = isPart ? await kept(group) : undefined;
      if (values === undefined) yield* groupRows(reading, group, [start, end]);
      else for (const value of values.slice(start, end)) yield copyOf(value);
    }
    first += rows;
  }
}

/** Whoever is given a value may change it. */
function copyOf(value: ParquetValue): ParquetValue {
  if (typeof value === 'string') return value;
  return value instanceof Uint8Array ? value.slice() : ({ ...value, data: value.data.slice() } as Tensor);
}

/** Rows [start, end) of a row group, decoded page by page. */
async function* groupRows(
  { source: { file: path, name }, groups, leaf }: Omit<Reading, 'kept'>,
  group: number,
  [start, end]: readonly [number, number],
): AsyncGenerator<ParquetValue> {
  const file = await open(path);
  try {
    const first = groups.slice(0, group).reduce((sum, { rows }) => sum + rows, 0);
    const chunk = groups[group].chunks.find((each) => each.path === leaf.path)!;
    // Of lists, only their pages themselves tell how many rows they hold.
    const pages = readPages(file, chunk, leaf, leaf.axes === 0 ? start : 0);
    let row = start;
    for await (const value of readRows(pages, leaf, { name, first, from: start })) {
      yield value;
      if (++row === end) break;
    }
    if (row < end)
      throw new RangeError(`a row group has ${row} rows where it declares ${groups[group].rows}`);
  } catch (error) {
    throw unreadable(name, error);
  } finally {
    await file.close();
  }
}

async function reading<T>(path: string, name: string, use: (file: FileHandle) => Promise<T>): Promise<T> {
  const file = await open(path).catch((error) => {
    throw new UserError(`${name} cannot be opened (${messageOf(error)}): check the file`);
  });
  try {
    return await use(file);
  } catch (error) {
    throw unreadable(name, error);
  } finally {
    await file.close();
  }
}

function unreadable(name: string, error: unknown): UserError {
  return error instanceof UserError
    ? error
    : new UserError(`${name} is not a Parquet file that can be read (${messageOf(error)}): save it again`);
}
