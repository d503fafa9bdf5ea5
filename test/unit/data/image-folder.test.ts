import { encode } from 'fast-png';
import { describe, expect, it } from 'vitest';
import { type DataSpec, openDataset } from '../../../src/data/dataset.ts';
import type { Port } from '../../../src/runtime/runtime.ts';
import { npyOf } from '../../support/npy.ts';
import { collect, folderWith, within } from './folder.ts';

const port: Port = { name: 'image', type: 'float32', dims: [null, 1, 1, 1] };
const png = (value: number, width = 1, height = 1) =>
  encode({ width, height, channels: 1, data: new Uint8Array(width * height).fill(value) });

async function read(files: Record<string, string | Uint8Array>, spec: Partial<DataSpec> = {}) {
  const folder = await folderWith(files);
  const dataset = await openDataset({ inputs: 'val', ...spec }, [port], within(folder));
  const samples = await collect(dataset.samples());
  return {
    seen: samples.map(({ inputs, label }) => [Number(inputs.image!.data[0]), label]),
    sha256: await dataset.sha256(),
  };
}

describe('a folder of images', () => {
  it('has a class for each folder, in the order of names as Python sorts them, and so their images', async () => {
    const { seen } = await read({
      'val/b/x.PNG': png(4),
      'val/B/2.png': png(2),
      'val/B/10.png': png(1),
      'val/b/deep-er/x.png': png(5),
      'val/b/deep/x.png': png(6),
      'val/b/notes.txt': 'no image',
      'val/é/x.png': png(7),
      'val/a/x.png': png(3),
      'val/classes.txt': 'no image',
    });
    expect(seen.toSorted(([, a], [, b]) => Number(a) - Number(b))).toEqual([
      [1, 0],
      [2, 0],
      [3, 1],
      [4, 2],
      [6, 2],
      [5, 2],
      [7, 3],
    ]);
  });

  it('has images of all classes in any range, each class in proportion', async () => {
    const names = (folder: string, count: number, first: number) =>
      Array.from({ length: count }, (_, i) => [`val/${folder}/${i}.png`, png(first + i)] as const);
    const files = Object.fromEntries([...names('a', 6, 0), ...names('b', 2, 10), ...names('c', 1, 20)]);
    const { seen } = await read(files);
    expect(seen.map(([, label]) => label)).toEqual([0, 0, 1, 0, 2, 0, 0, 1, 0]);
    expect(seen.map(([value]) => value)).toEqual([0, 1, 10, 2, 20, 3, 4, 11, 5]);
  });

  it('has no labels where the images lie in it, and takes those that are named by their files', async () => {
    const files = { 'val/a.png': png(1), 'val/b.png': png(2), 'y.json': '{ "b.png": 5, "a.png": 6 }' };
    expect((await read(files)).seen).toEqual([
      [1, undefined],
      [2, undefined],
    ]);
    expect((await read(files, { labels: 'y.json', range: [1, 2] })).seen).toEqual([[2, 5]]);
  });

  it('is other data where an image is of another class, though the images and their order are the same', async () => {
    const one = await read({ 'val/a/1.png': png(1), 'val/b/2.png': png(2), 'val/c/3.png': png(3) });
    const other = await read({ 'val/a/2.png': png(2), 'val/b/1.png': png(1), 'val/b/3.png': png(3) });
    expect(one.seen.map(([value]) => value)).toEqual(other.seen.map(([value]) => value));
    expect(one.sha256).not.toBe(other.sha256);
  });

  it('is refused where a class is empty, or images lie beside folders', async () => {
    await expect(read({ 'val/a/1.png': png(1), 'val/b/1.txt': '' })).rejects.toThrow(
      'val/b is the folder of a class without images: remove it',
    );
    await expect(read({ 'val/a/1.png': png(1), 'val/1.png': png(1) })).rejects.toThrow(
      'val has images beside folders of images',
    );
  });

  it('names the image that cannot be used', async () => {
    await expect(read({ 'val/a/1.webp': 'RIFF' })).rejects.toThrow('val: a/1.webp is neither JPEG nor PNG');
    await expect(read({ 'val/a/1.png': png(1, 2, 1) })).rejects.toThrow('val: a/1.png is 2x1, the network');
  });
});

describe('preprocess.resize and crop', () => {
  const files = { 'val/a/1.png': png(9, 6, 4) };

  it('bring images to the size of the network', async () => {
    expect((await read(files, { preprocess: { resize: 2, crop: 1 } })).seen).toEqual([[9, 0]]);
    const { sha256 } = await read(files, { preprocess: { resize: 2, crop: 1 } });
    expect((await read(files, { preprocess: { resize: 3, crop: 1 } })).sha256).not.toBe(sha256);
  });

  it('say where they do not', async () => {
    await expect(read(files, { preprocess: { resize: 2 } })).rejects.toThrow(
      'val: a/1.png is 3x2 once resized and cropped, the network takes 1x1 (width x height)',
    );
  });

  it('are refused for what are no images', async () => {
    const x = npyOf({ type: 'uint8', dims: [1, 1, 1, 1], data: new Uint8Array(1) });
    const spec = { inputs: 'x.npy', preprocess: { crop: 1 } };
    await expect(read({ 'x.npy': x }, spec)).rejects.toThrow(
      'preprocess.crop is for images: leave it out for other data',
    );
    const module = { 'm.mjs': 'export default async function* () {}' };
    await expect(read(module, { ...spec, inputs: 'm.mjs' })).rejects.toThrow('preprocess.crop is for');
  });
});
