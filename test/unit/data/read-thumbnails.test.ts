import { decode, encode } from 'fast-png';
import { describe, expect, it } from 'vitest';
import { readThumbnails } from '../../../src/data/read-thumbnails.ts';
import { floats } from '../../support/models.ts';
import { npyOf } from '../../support/npy.ts';
import { bytesOf, folderWith, within } from './folder.ts';
import golden from './golden/parquet.json' with { type: 'json' };

const pixels = bytesOf(golden.pixels);
const own = (i: number) => pixels.slice(36 * i, 36 * (i + 1));
const png = (i: number) => encode({ width: 4, height: 3, channels: 3, data: own(i) });
const files = {
  'd.parquet': bytesOf(golden.images),
  'list/images.csv': 'file\n0.png\n1.png\n2.png\n',
  'list/0.png': png(0),
  'list/1.png': png(1),
  'list/2.png': png(2),
  'x.npy': npyOf(floats([3, 2], [1, 2, 3, 4, 5, 6])),
};
const port = (name: string, dims: (number | null)[]) => ({ name, dims, type: 'float32' as const });
const image = port('image', [null, 3, 3, 4]);

async function read(inputs: string | Record<string, string>, indices: number[], ports = [image], fit = {}) {
  const found = await readThumbnails(inputs, indices, { ports, place: within(await folderWith(files)), fit });
  return new Map(
    [...found].map(([index, uri]) => [index, decode(Buffer.from(uri.split(',')[1], 'base64'))] as const),
  );
}

describe('thumbnails of samples', () => {
  it.each([
    ['a Parquet file', 'd.parquet'],
    ['a list of images', 'list/images.csv'],
    ['a folder of images', 'list'],
  ])('have the pixels of %s', async (_, inputs) => {
    const found = await read(inputs, [0, 2]);
    expect([...found.keys()]).toEqual([0, 2]);
    expect([...found.get(2)!.data]).toEqual([...own(2)]);
  });

  it('are what the model sees, whatever its layout', async () => {
    const last = await read('d.parquet', [1], [port('image', [null, null, null, 3])]);
    expect([...last.get(1)!.data]).toEqual([...own(1)]);
    const small = await read('d.parquet', [1], [port('image', [null, 3, 2, 2])], { crop: 2 });
    expect([small.get(1)!.width, small.get(1)!.height]).toEqual([2, 2]);
  });

  it('are of the input that takes pictures, and none where none does', async () => {
    const ports = [port('x', [null, 2]), image];
    const both = await read({ x: 'x.npy', image: 'list' }, [1], ports);
    expect([...both.get(1)!.data]).toEqual([...own(1)]);
    expect(await read('x.npy', [1], [port('x', [null, 2])])).toEqual(new Map());
  });
});
