import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { encode } from 'fast-png';
import { describe, expect, it } from 'vitest';
import { openImageList, parseImageList } from '../../../src/data/images/image-list.ts';
import { UserError } from '../../../src/errors.ts';
import { collect, folderWith } from './folder.ts';

const png = (width: number, height: number, data: number[]) =>
  encode({ width, height, channels: 3, data: new Uint8Array(data) });
const port = (...dims: (number | null)[]) => ({ name: 'image', type: 'float32', dims }) as const;

describe('parseImageList', () => {
  it('reads files with and without class ids', () => {
    expect(parseImageList('file,label\na.png,3\n"b, c.png",0\n', 'l.csv')).toEqual({
      files: ['a.png', 'b, c.png'],
      labels: [3, 0],
      lines: [2, 3],
    });
    expect(parseImageList('\uFEFFfile\r\na.png\r\n\r\n', 'l.csv')).toEqual({ files: ['a.png'], lines: [2] });
    expect(parseImageList('file\n\na.png\n\n\nb.png\n', 'l.csv').lines).toEqual([3, 6]);
  });

  it('refuses other headers, labels and uneven lines', () => {
    expect(() => parseImageList('a.png\n', 'l.csv')).toThrow('l.csv: the header is "a.png"');
    expect(() => parseImageList('', 'l.csv')).toThrow('l.csv: the header is ""');
    expect(() => parseImageList('file,label\na.png,cat\n', 'l.csv')).toThrow(
      'l.csv, line 2: the label is "cat": labels are class ids, 0 or more',
    );
    expect(() => parseImageList('file,label\na.png\n', 'l.csv')).toThrow(
      /^l\.csv is no list of images \(.*line 2\): give every line as many cells as the header$/,
    );
  });

  it('throws nothing but UserErrors', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'file,label\n"\r\\0a') }), (text) => {
        try {
          parseImageList(`file,label\n${text}`, 'l.csv');
        } catch (error) {
          expect(error).toBeInstanceOf(UserError);
        }
      }),
    );
  });
});

describe('openImageList', () => {
  it('refuses a folder where an image should be', async () => {
    const folder = await folderWith({ 'l.csv': 'file\ni\n', 'i/a.png': png(1, 1, [1, 2, 3]) });
    const column = await openImageList(join(folder, 'l.csv'), 'l.csv', port(null, 3, 2, 2), {});
    await expect(collect(column.rows(0, 1))).rejects.toThrow(
      "l.csv, line 2: i cannot be read (not a file): give an image of the network's size",
    );
  });

  it('gives raw values, channels first or last as the model takes them', async () => {
    const values = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];
    const folder = await folderWith({ 'l.csv': 'file\ni/a.png\n', 'i/a.png': png(2, 2, values) });
    const read = async (...dims: (number | null)[]) => {
      const column = await openImageList(join(folder, 'l.csv'), 'l.csv', port(...dims), {});
      return (await collect(column.rows(0, 1)))[0];
    };
    const planar = {
      type: 'uint8',
      dims: [3, 2, 2],
      data: new Uint8Array([1, 4, 7, 10, 2, 5, 8, 11, 3, 6, 9, 12]),
    };
    expect(await read(null, 3, 2, 2)).toEqual(planar);
    expect(await read(null, null, null, null)).toEqual(planar);
    expect(await read(1, 2, 2, 3)).toEqual({ type: 'uint8', dims: [2, 2, 3], data: new Uint8Array(values) });
    expect(await read(1, 1, 2, 2)).toEqual({
      type: 'uint8',
      dims: [1, 2, 2],
      data: new Uint8Array([2, 5, 8, 11]),
    });
    await expect(read(1, 3, 2, 4)).rejects.toThrow('l.csv, line 2: i/a.png is 2x2, the network takes 4x2');
    await expect(read(1, 16)).rejects.toThrow(
      'l.csv has images, input "image" takes [1, 16], which is no image',
    );
  });

  it('names the list and the line of an image that is not there', async () => {
    const folder = await folderWith({ 'in/l.csv': 'file\na.png\n\nb.png\n', 'in/a.png': '' });
    const column = await openImageList(join(folder, 'in/l.csv'), 'in/l.csv', port(1, 3, 1, 1), {});
    const message = /^in\/l\.csv, line 4: b\.png does not exist in /;
    await expect(collect(column.rows(1, 2))).rejects.toThrow(message);
    await expect(column.files(0, 2)).rejects.toThrow(message);
    expect(await column.files(0, 1)).toHaveLength(2);
  });

  it('reads no image outside the folder of the list', async () => {
    const folder = await folderWith({
      'in/l.csv': 'file\n../a.png\nlink.png\n/etc/hostname\n',
      'a.png': png(1, 1, [1, 2, 3]),
    });
    await symlink(join(folder, 'a.png'), join(folder, 'in/link.png'));
    const column = await openImageList(join(folder, 'in/l.csv'), 'l.csv', port(1, 3, 1, 1), {});
    for (const row of [0, 1, 2]) {
      await expect(collect(column.rows(row, row + 1)), `row ${row}`).rejects.toThrow(UserError);
      await expect(column.files(row, row + 1), `row ${row}`).rejects.toThrow(UserError);
    }
  });
});
