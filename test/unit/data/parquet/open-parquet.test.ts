import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openDataset } from '../../../../src/data/dataset.ts';
import { openParquet, openParquetLabels } from '../../../../src/data/parquet/open-parquet.ts';
import { fromFloat16 } from '../../../../src/numerics/float16.ts';
import type { ElementType, Tensor } from '../../../../src/numerics/tensor.ts';
import { bytesOf, collect, folderWith, within } from '../folder.ts';
import golden from '../golden/parquet.json' with { type: 'json' };

type Golden = Exclude<keyof typeof golden, 'about' | 'pixels'>;

const portOf = (name: string, dims: (number | null)[] = [null, 2, 3, 2], type: ElementType = 'float32') => ({
  name,
  type,
  dims,
});
const pictures = portOf('pixels', [null, 3, 3, 4]);

async function sourceOf(file: Golden, member: string | undefined) {
  const folder = await folderWith({ 'd.parquet': bytesOf(golden[file]) });
  return { file: join(folder, 'd.parquet'), name: 'd.parquet', member };
}

async function read(file: Golden, member: string | undefined, range?: readonly [number, number]) {
  const column = await openParquet(await sourceOf(file, member), portOf('x'), {});
  return collect(column.rows(...(range ?? [0, column.length])));
}

/** Row `i` of what was written: [2, 3, 2] of quarters, counted on. */
const quarters = (i: number): Tensor => ({
  type: 'float32',
  dims: [2, 3, 2],
  data: Float32Array.from({ length: 12 }, (_, k) => (12 * i + k) / 4),
});

describe('a column of a Parquet file', () => {
  it.each(['snappy', 'gzip2', 'zstd', 'brotli', 'split', 'arrays'] as const)(
    'has what was written, lists as shapes: %s',
    async (file) => {
      expect(await read(file, 'x')).toEqual(Array.from({ length: 7 }, (_, i) => quarters(i)));
    },
  );

  it('gives any range of rows, within row groups and across them', async () => {
    for (const range of [
      [0, 1],
      [3, 5],
      [5, 7],
      [6, 7],
      [4, 4],
    ] as const) {
      const rows = await read('snappy', 'x', range);
      expect(rows).toEqual(Array.from({ length: range[1] - range[0] }, (_, i) => quarters(range[0] + i)));
      const bytes = await read('snappy', 'u8', range);
      expect(bytes.map(({ data }) => data[0])).toEqual([0, 1, 2, 253, 254, 255, 7].slice(...range));
    }
  });

  it('gives the same rows again in any order, whatever became of those given before', async () => {
    const column = await openParquet(await sourceOf('snappy', 'x'), portOf('x'), {});
    for (const i of [6, 2, 0, 6, 2, 0, 5, 1, 3, 4, 6]) {
      const [row] = await collect(column.rows(i, i + 1));
      expect(row).toEqual(quarters(i));
      row.data.fill(0 as never);
    }
    const gap = await openParquet(await sourceOf('snappy', 'gap'), portOf('x'), {});
    for (const i of [3, 3, 4, 6]) expect((await collect(gap.rows(i, i + 1)))[0].data[0]).toBe(BigInt(i + 1));
  });

  it.each([
    ['ids', 'int64', [-3n, -2n, -1n, 0n]],
    ['u8', 'uint8', [0]],
    ['i16', 'int16', [-32768]],
    ['u32', 'uint32', [0]],
    ['f64', 'float64', [0.1]],
    ['flag', 'bool', [1]],
  ] as const)('has its element type: %s', async (member, type, first) => {
    const [row] = await read('snappy', member);
    expect(row.type).toBe(type);
    expect([...row.data]).toEqual(first);
    expect(row.dims).toEqual(member === 'ids' ? [4] : []);
  });

  it('keeps the largest unsigned numbers, and float16', async () => {
    expect((await read('snappy', 'u32', [6, 7]))[0].data[0]).toBe(2 ** 32 - 1);
    expect((await read('snappy', 'u64', [6, 7]))[0].data[0]).toBe(2n ** 64n - 1n);
    for (const file of ['snappy', 'gzip2', 'zstd', 'split'] as const) {
      const halves = await read(file, 'f16');
      expect(halves.map(({ data }) => fromFloat16(data as Uint16Array)[0])).toEqual([
        0, -0.5, 1.5, 2, 3, 4, 65504,
      ]);
    }
  });

  it('may be named; else it is that of the name of the input, the one of pictures, or the only one', async () => {
    expect(await read('arrays', undefined, [2, 3])).toEqual([quarters(2)]);
    const column = await openParquet(await sourceOf('images', undefined), pictures, {});
    expect(column.isOfImages).toBe(true);
    expect(column.length).toBe(5);
    await expect(read('lz4', undefined)).rejects.toThrow('LZ4_RAW');
    await expect(openParquet(await sourceOf('arrays', undefined), portOf('y'), {})).rejects.toThrow(
      'd.parquet has no column "y" (it has x, ids): write the path as file.parquet#column',
    );
  });

  it('of pictures is decoded as files are, resized and cropped', async () => {
    const pixels = bytesOf(golden.pixels);
    const column = await openParquet(await sourceOf('images', 'image'), pictures, {});
    const rows = await collect(column.rows(1, 5));
    expect(rows.map(({ dims }) => dims)).toEqual(Array(4).fill([3, 3, 4]));
    rows.forEach(({ data }, i) => {
      const own = pixels.subarray(36 * (i + 1), 36 * (i + 2));
      expect([...data]).toEqual(Array.from({ length: 36 }, (_, k) => own[(k % 12) * 3 + Math.floor(k / 12)]));
    });
    const small = portOf('pixels', [null, 3, 2, 2]);
    const fitted = await openParquet(await sourceOf('images', 'image'), small, { crop: 2 });
    expect((await collect(fitted.rows(0, 1)))[0].dims).toEqual([3, 2, 2]);
    const unfit = await openParquet(await sourceOf('images', 'image'), small, {});
    await expect(collect(unfit.rows(0, 1))).rejects.toThrow('d.parquet, row 0 is 4x3, the network takes 2x2');
  });

  it.each([
    ['torn', 'd.parquet, row 0 has lists of several lengths within each other: make them of one length'],
    ['gap', 'd.parquet, row 2: there is no value, or an empty list: leave such rows out'],
    ['empty', 'd.parquet, row 1: there is no value, or an empty list: leave such rows out'],
    ['day', 'd.parquet: column "day" holds neither pictures nor numbers'],
    ['pair', 'd.parquet: column "pair" holds neither pictures nor numbers'],
    ['text', 'd.parquet has texts for input "x": give numbers or pictures'],
  ])('that has no tensors says so: %s', async (member, message) => {
    await expect(read('snappy', member)).rejects.toThrow(message);
  });

  it('says nothing of a row without a value that is not asked for', async () => {
    expect((await read('snappy', 'gap', [3, 7])).map(({ data }) => data[0])).toEqual([4n, 5n, 6n, 7n]);
  });

  it('is refused in an encoding whose lengths cannot be bounded', async () => {
    await expect(read('delta', 'u32')).rejects.toThrow(
      'd.parquet is not a Parquet file that can be read (its values are encoded as DELTA_BINARY_PACKED, which is not read): save it again',
    );
  });
});

describe('labels of a Parquet file', () => {
  it('are its column label, or the one that is named, texts among them', async () => {
    const ids = await openParquetLabels(await sourceOf('images', undefined));
    expect((await collect(ids.rows(0, 5))).map((label) => (label as Tensor).data[0])).toEqual([
      2n,
      0n,
      1n,
      1n,
      0n,
    ]);
    const notes = await openParquetLabels(await sourceOf('images', 'note'));
    expect(await collect(notes.rows(0, 5))).toEqual(['a', 'b', '', 'ä', 'e']);
    await expect(openParquetLabels(await sourceOf('images', 'image'))).rejects.toThrow(
      'd.parquet has bytes or pictures for labels: give numbers or texts',
    );
    await expect(openParquetLabels(await sourceOf('arrays', undefined))).rejects.toThrow(
      'd.parquet has no column "label" (it has x, ids)',
    );
  });
});

describe('a data set of a Parquet file', () => {
  it('feeds pictures with their labels', async () => {
    const folder = await folderWith({ 'd.parquet': bytesOf(golden.images) });
    const spec = { inputs: 'd.parquet', labels: 'd.parquet', preprocess: { scale: 1 / 255, resize: 2 } };
    const port = portOf('pixels', [null, 3, 2, 2]);
    const dataset = await openDataset(
      { ...spec, range: [1, 4], labels: 'd.parquet#label' },
      [port],
      within(folder),
    );
    const samples = await collect(dataset.samples());
    expect(samples.map(({ index, label }) => [index, label])).toEqual([
      [1, 0],
      [2, 1],
      [3, 1],
    ]);
    expect(samples[0].inputs.pixels.dims).toEqual([1, 3, 2, 2]);
  });

  it('feeds each input the column of its name', async () => {
    const folder = await folderWith({ 'd.parquet': bytesOf(golden.arrays) });
    const ports = [portOf('x'), portOf('ids', [null, 4], 'int64')];
    const dataset = await openDataset({ inputs: 'd.parquet', range: [6, 7] }, ports, within(folder));
    const [{ inputs }] = await collect(dataset.samples());
    expect(inputs.x).toEqual({ ...quarters(6), dims: [1, 2, 3, 2] });
    expect(inputs.ids.data).toEqual(new BigInt64Array([21n, 22n, 23n, 24n]));
    expect(dataset.labelled).toBe(false);
  });
});
