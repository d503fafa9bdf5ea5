import { describe, expect, it } from 'vitest';
import { listColumn } from '../../../src/data/column.ts';
import { openLabels, parseJsonLabels } from '../../../src/data/labels.ts';
import type { Tensor } from '../../../src/numerics/tensor.ts';
import { npyOf } from '../../support/npy.ts';
import { bytesOf, collect, folderWith } from './folder.ts';
import golden from './golden/npy.json' with { type: 'json' };

const row: Tensor = { type: 'uint8', dims: [1], data: new Uint8Array(1) };

async function labels(name: string, content: string | Uint8Array, count: number, sampleNames?: string[]) {
  const folder = await folderWith({ [name]: content });
  const inputs = { ...listColumn('x.npy', [], Array<Tensor>(count).fill(row)), sampleNames };
  const path = name.endsWith('.npz') ? `${name}:labels` : name;
  const column = await openLabels(path, inputs, { folder, root: folder });
  const all = await collect(column.rows(0, count));
  await column.close?.();
  return all;
}

describe('openLabels', () => {
  it('takes one integer per sample as a class id', async () => {
    const ids = new BigInt64Array([3n, 0n]);
    expect(await labels('y.npy', npyOf({ type: 'int64', dims: [2], data: ids }), 2)).toEqual([3, 0]);
    expect(await labels('y.npy', npyOf({ type: 'int64', dims: [2, 1], data: ids }), 2)).toEqual([3, 0]);
    expect(await labels('y.npz', bytesOf(golden.npz), 4)).toEqual([3, 1, 2, 0]);
    expect(await labels('y.csv', 'file,label\na.png,7\nb.png,0\n', 2)).toEqual([7, 0]);
  });

  it('takes anything else of a .npy as one tensor per sample', async () => {
    const data = new Float32Array([1, 2, 3, 4]);
    const tensors = await labels('y.npy', npyOf({ type: 'float32', dims: [2, 2], data }), 2);
    expect(tensors[1]).toEqual({ type: 'float32', dims: [1, 2], data: data.slice(2) });
    const half = await labels(
      'y.npy',
      npyOf({ type: 'float16', dims: [1], data: new Uint16Array([0x3c00]) }),
      1,
    );
    expect(half[0]).toEqual({ type: 'float32', dims: [1], data: new Float32Array([1]) });
  });

  it('refuses another number of labels than samples', async () => {
    await expect(labels('y.json', '[1, 2]', 3)).rejects.toThrow(
      'y.json has 2 labels, x.npy has 3 samples: give one label per sample',
    );
  });

  it('refuses negative class ids, values that are not finite, and lists without labels', async () => {
    const negative = npyOf({ type: 'int8', dims: [1], data: new Int8Array([-1]) });
    await expect(labels('y.npy', negative, 1)).rejects.toThrow('y.npy, sample 0: the label is -1');
    const infinite = npyOf({ type: 'float32', dims: [1], data: new Float32Array([Infinity]) });
    await expect(labels('y.npy', infinite, 1)).rejects.toThrow(
      'y.npy, sample 0: the label has NaN or infinite',
    );
    await expect(labels('y.csv', 'file\na.png\n', 1)).rejects.toThrow('y.csv has no label column');
    await expect(labels('y.txt', '1', 1)).rejects.toThrow('y.txt: labels are');
  });

  it('gives any JSON by position or by file name', async () => {
    const boxes = [{ boxes: [[1, 0.5, 0.5, 2, 2]] }, { boxes: [] }];
    expect(await labels('y.json', JSON.stringify(boxes), 2)).toEqual(boxes);
    const byName = JSON.stringify({ 'b.png': 'right', 'a.png': 'left' });
    expect(await labels('y.json', byName, 2, ['a.png', 'b.png'])).toEqual(['left', 'right']);
  });
});

describe('parseJsonLabels', () => {
  it('refuses what is neither an array nor an object with every name', () => {
    expect(() => parseJsonLabels('{', 'y.json')).toThrow(
      /^y\.json is not a file of labels \(no JSON: .+\): repair it$/,
    );
    expect(() => parseJsonLabels('3', 'y.json')).toThrow('neither an array nor an object');
    expect(() => parseJsonLabels('{}', 'y.json')).toThrow('give an array in their order');
    expect(() => parseJsonLabels('{"a": 1}', 'y.json', ['toString'])).toThrow(
      'y.json has no label for toString',
    );
  });
});
