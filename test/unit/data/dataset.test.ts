import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { encode } from 'fast-png';
import { describe, expect, it } from 'vitest';
import { type DataSpec, openDataset } from '../../../src/data/dataset.ts';
import { reordered } from '../../../src/data/reordered.ts';
import type { Port } from '../../../src/runtime/runtime.ts';
import { npyOf } from '../../support/npy.ts';
import { bytesOf, collect, folderWith, within } from './folder.ts';
import golden from './golden/npy.json' with { type: 'json' };

const image: Port = { name: 'x', type: 'float32', dims: [null, 1, 1, 2] };
const ids: Port = { name: 'ids', type: 'int64', dims: [null, 1] };
const x = npyOf({ type: 'uint8', dims: [4, 1, 1, 2], data: new Uint8Array([0, 1, 2, 3, 4, 5, 6, 7]) });
const y = npyOf({ type: 'int64', dims: [4], data: new BigInt64Array([4n, 3n, 2n, 1n]) });

describe('openDataset', () => {
  it('gives the samples of a range with their index in the file, every time from the start', async () => {
    const folder = await folderWith({ 'd/x.npy': x, 'd/y.npy': y });
    const spec: DataSpec = {
      inputs: 'd/x.npy',
      labels: 'd/y.npy',
      range: [1, 3],
      preprocess: { scale: 0.5, mean: [1] },
    };
    const dataset = await openDataset(spec, [image], within(folder));
    const samples = await collect(dataset.samples());
    expect(dataset.length).toBe(2);
    expect(samples).toEqual([
      {
        index: 1,
        inputs: { x: { type: 'float32', dims: [1, 1, 1, 2], data: new Float32Array([0, 0.5]) } },
        label: 3,
      },
      {
        index: 2,
        inputs: { x: { type: 'float32', dims: [1, 1, 1, 2], data: new Float32Array([1, 1.5]) } },
        label: 2,
      },
    ]);
    expect(await collect(dataset.samples())).toEqual(samples);
  });

  it('gives samples of the range by their places in it, in any order', async () => {
    const folder = await folderWith({ 'd/x.npy': x, 'd/y.npy': y });
    const spec: DataSpec = { inputs: 'd/x.npy', labels: 'd/y.npy', range: [1, 4] };
    const dataset = await openDataset(spec, [image], within(folder));
    const [first, second, third] = await collect(dataset.samples());
    expect(await collect(dataset.samplesAt!([2, 0, 1]))).toEqual([third, first, second]);
    expect(await collect(reordered(dataset, [1, 2])!.samples())).toEqual([second, third]);
    expect(reordered({ ...dataset, samplesAt: undefined }, [0])).toBeUndefined();
  });

  it('feeds each input from its own file, preprocessing only floating point', async () => {
    const folder = await folderWith({ 'x.npy': x, 'y.npy': y });
    const spec = { inputs: { ids: 'y.npy', x: 'x.npy' }, preprocess: { scale: 2 } };
    const [first] = await collect((await openDataset(spec, [image, ids], within(folder))).samples());
    expect(first!.inputs.ids).toEqual({ type: 'int64', dims: [1, 1], data: new BigInt64Array([4n]) });
    expect(first!.inputs.x!.data).toEqual(new Float32Array([0, 2]));
  });

  it('feeds all inputs from one archive by their names', async () => {
    const folder = await folderWith({ 'all.npz': bytesOf(golden.npz) });
    const ports: Port[] = [
      { name: 'x', type: 'float32', dims: [null, 2, 3] },
      { name: 'labels', type: 'int64', dims: [null] },
    ];
    const dataset = await openDataset({ inputs: 'all.npz' }, ports, within(folder));
    const samples = await collect(dataset.samples());
    await dataset.close();
    expect(samples.map((sample) => sample.inputs.labels!.data[0])).toEqual([3n, 1n, 2n, 0n]);
  });

  it('takes the labels of an image list unless others are named', async () => {
    const files = {
      'l.csv': 'file,label\na.png,5\n',
      'y.json': '["other"]',
      'a.png': encode({ width: 2, height: 1, channels: 1, data: new Uint8Array([1, 2]) }),
    };
    const folder = await folderWith(files);
    const labelOf = async (spec: DataSpec) => {
      const [sample] = await collect((await openDataset(spec, [image], within(folder))).samples());
      return sample!.label;
    };
    expect(await labelOf({ inputs: 'l.csv' })).toBe(5);
    expect(await labelOf({ inputs: 'l.csv', labels: 'y.json' })).toBe('other');
  });

  it.each<[string, DataSpec, Port[], string]>([
    [
      'too few samples',
      { inputs: 'x.npy', range: [2, 9] },
      [image],
      'x.npy has 4 samples, range [2, 9] needs 9',
    ],
    ['an empty range', { inputs: 'x.npy', range: [2, 2] }, [image], 'range [2, 2] holds no samples'],
    [
      'one path for two inputs',
      { inputs: 'x.npy' },
      [image, ids],
      'the model has inputs x, ids: give a path for each',
    ],
    [
      'an input without a path',
      { inputs: { x: 'x.npy' } },
      [image, ids],
      'input "ids" of the model has no path',
    ],
    ['an unknown input', { inputs: { z: 'x.npy' } }, [image], 'the model has no input "z": it has x'],
    [
      'columns of different length',
      { inputs: { x: 'x.npy', ids: 'short.npy' } },
      [image, ids],
      'short.npy has 1',
    ],
    ['an unknown format', { inputs: 'x.txt' }, [image], 'x.txt: data is .npy'],
    ['a path outside', { inputs: '../x.npy' }, [image], '../x.npy lies outside'],
    ['labels outside', { inputs: 'x.npy', labels: '/y.npy' }, [image], '/y.npy is an absolute path'],
  ])('refuses %s in one line', async (_, spec, ports, message) => {
    const short = npyOf({ type: 'uint8', dims: [1], data: new Uint8Array(1) });
    const folder = await folderWith({ 'x.npy': x, 'short.npy': short, 'x.txt': '' });
    await expect(openDataset(spec, ports, within(folder))).rejects.toThrow(message);
  });

  it('reads above its folder only if a root is given', async () => {
    const folder = await folderWith({ 'data/x.npy': x, 'config/a': '' });
    const spec = { inputs: '../data/x.npy' };
    await expect(openDataset(spec, [image], within(join(folder, 'config')))).rejects.toThrow('lies outside');
    expect((await openDataset(spec, [image], { folder: join(folder, 'config'), root: folder })).length).toBe(
      4,
    );
  });

  it('stops when it is aborted', async () => {
    const folder = await folderWith({ 'x.npy': x });
    const dataset = await openDataset({ inputs: 'x.npy' }, [image], within(folder));
    await expect(collect(dataset.samples(AbortSignal.abort(new Error('stop'))))).rejects.toThrow('stop');
  });
});

describe('sha256 of a data set', () => {
  const hash = async (spec: DataSpec, folder: string) =>
    (await openDataset(spec, [image], within(folder))).sha256();

  it('depends on content, labels, range and preprocessing, not on file names', async () => {
    const folder = await folderWith({ 'x.npy': x, 'copy.npy': x, 'y.npy': y });
    const base = await hash({ inputs: 'x.npy' }, folder);
    expect(base).toMatch(/^[0-9a-f]{64}$/);
    expect(await hash({ inputs: { x: 'copy.npy' }, preprocess: { scale: 1 } }, folder)).toBe(base);
    const others = await Promise.all([
      hash({ inputs: 'x.npy', range: [0, 3] }, folder),
      hash({ inputs: 'x.npy', preprocess: { scale: 2 } }, folder),
      hash({ inputs: 'x.npy', labels: 'y.npy' }, folder),
    ]);
    expect(new Set([base, ...others]).size).toBe(4);
    await writeFile(
      join(folder, 'x.npy'),
      x.map((byte, i) => (i === x.length - 1 ? 9 : byte)),
    );
    expect(await hash({ inputs: 'x.npy' }, folder)).not.toBe(base);
  });
});
