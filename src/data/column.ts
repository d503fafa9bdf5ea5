/** One file, or list of files, that holds one value per sample. Columns of the same length are read side by side. */
export interface Column<T> {
  /** The path as the user wrote it, for messages. */
  readonly name: string;
  /** Number of samples. */
  readonly length: number;
  /** Names of the samples, where they have any: the file names of an image list. */
  readonly sampleNames?: readonly string[];
  /** Whether they are images, which may be resized. */
  readonly isOfImages?: true;
  /** Class ids or texts that come with the inputs: the second column of an image list. */
  readonly labels?: readonly (number | string)[];
  /** Whether these labels are in no file: the folders of images are named so. */
  readonly labelsByFolder?: true;
  /** The values of samples [from, to), in order and in bounded memory; a value may be overwritten once the next is asked for. */
  rows(from: number, to: number): AsyncGenerator<T>;
  /** The files whose bytes decide the values of samples [from, to). */
  files(from: number, to: number): Promise<readonly string[]>;
  close?(): Promise<void>;
}

/** A column of values that are in memory already, read from `files`. */
export function listColumn<T>(name: string, files: readonly string[], values: readonly T[]): Column<T> {
  return {
    name,
    length: values.length,
    async *rows(from, to) {
      yield* values.slice(from, to);
    },
    files: async () => files,
  };
}

/** The same column with every value changed; `index` is the sample's index in the data set. */
export function mapColumn<T, U>(column: Column<T>, change: (value: T, index: number) => U): Column<U> {
  return {
    ...column,
    async *rows(from, to) {
      let index = from;
      for await (const value of column.rows(from, to)) yield change(value, index++);
    },
  };
}

/** Reads columns side by side: one array of values per sample of [from, to). */
export async function* readTogether<T>(
  columns: readonly Column<T>[],
  from: number,
  to: number,
): AsyncGenerator<T[]> {
  const readers = columns.map((column) => column.rows(from, to));
  try {
    for (let index = from; index < to; index++) {
      const next = await Promise.all(readers.map((reader) => reader.next()));
      yield next.map((result) => result.value as T);
    }
  } finally {
    await Promise.all(readers.map((reader) => reader.return(undefined)));
  }
}
