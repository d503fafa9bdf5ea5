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
    await expect(labels('y.csv', 'file\na.png\n', 1)).rejects.toThrow('y.csv has no column label or text');
    await expect(labels('y.txt', '1', 1)).rejects.toThrow('y.txt: labels are');
  });

  it('takes the texts of a list', async () => {
    expect(await labels('y.csv', 'file,text\na.png,one two\nb.png,"3, 4"\n', 2)).toEqual(['one two', '3, 4']);
  });

  it('takes annotations as COCO has them, by the names of files or in their order', async () => {
    const image = (id: number, file_name: string) => ({ id, file_name, width: 4, height: 3 });
    const coco = {
      images: [image(7, 'val/a.png'), image(9, 'b.png')],
      annotations: [{ id: 1, image_id: 9, category_id: 30, bbox: [1, 1, 2, 2], area: 4, iscrowd: 1 }],
      categories: [
        { id: 30, name: 'cat' },
        { id: 4, name: 'dog' },
      ],
    };
    const a = { image: 7, width: 4, height: 3, boxes: [] };
    const box = { category: 30, class: 1, box: [1, 1, 2, 2], crowd: true };
    const b = { image: 9, width: 4, height: 3, boxes: [box] };
    const text = JSON.stringify(coco);
    expect(await labels('y.json', text, 2)).toEqual([a, b]);
    expect(await labels('y.json', text, 2, ['b.png', 'a.png'])).toEqual([b, a]);
    await expect(labels('y.json', text, 1, ['c.png'])).rejects.toThrow('y.json has no image c.png: add it');
    const unknown = text.replace('"category_id":30', '"category_id":5');
    await expect(labels('y.json', unknown, 2)).rejects.toThrow('a box of category 5, which is none of it');
    const wrong = text.replace('"bbox":[1,1,2,2]', '"bbox":[1,1,-2,2]');
    await expect(labels('y.json', wrong, 2)).rejects.toThrow(
      'y.json is not as COCO has it (annotations.0.bbox.2',
    );
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
