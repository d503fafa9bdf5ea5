import { join } from 'node:path';
import { crc32, deflateSync } from 'node:zlib';
import { encode } from 'fast-png';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { decodeImage } from '../../../src/data/images/decode.ts';
import { parseImageList } from '../../../src/data/images/image-list.ts';
import { countScans } from '../../../src/data/images/jpeg-scans.ts';
import { decodePng } from '../../../src/data/images/png.ts';
import { rawBytes } from '../../../src/data/images/png-parts.ts';
import { parseJsonLabels } from '../../../src/data/labels.ts';
import { openNpy } from '../../../src/data/npy.ts';
import { openNpz } from '../../../src/data/npz.ts';
import { parsePb } from '../../../src/data/pb.ts';
import { prepareSample } from '../../../src/data/prepare-sample.ts';
import { UserError } from '../../../src/errors.ts';
import { MAX_JSON_VALUES } from '../../../src/json.ts';
import { npyWith } from '../../support/npy.ts';
import { jpegs } from '../../support/pictures.ts';
import { zipOf } from '../../support/zip.ts';
import { folderWith } from './folder.ts';

const anySize = { channels: 3, width: null, height: null };

/** One chunk of a PNG. */
function chunk(type: string, content: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), content]);
  const [length, checksum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(content.length);
  checksum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, checksum]);
}

interface Header {
  readonly width: number;
  readonly height: number;
  readonly depth?: number;
  readonly colour?: number;
}

/** A PNG with chunks between its header and its end. */
function pngWith({ width, height, depth = 8, colour = 2 }: Header, ...chunks: Buffer[]): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([depth, colour, 0, 0, 0], 8);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10]);
  return Buffer.concat([signature, chunk('IHDR', header), ...chunks, chunk('IEND', Buffer.alloc(0))]);
}

const zeros = (bytes: number) => deflateSync(Buffer.alloc(bytes), { level: 9 });

async function refused(work: Promise<unknown> | (() => unknown)): Promise<string> {
  const error: unknown = await (typeof work === 'function' ? Promise.resolve().then(work) : work).then(
    () => 'nothing was refused',
    (each) => each,
  );
  expect(error).toBeInstanceOf(UserError);
  const { message } = error as UserError;
  expect(message).not.toContain('\n');
  return message;
}

describe('an image', () => {
  it('of 8192x8192 in colour is refused by its header, where the network takes any size', async () => {
    const png = pngWith({ width: 8192, height: 8192 }, chunk('IDAT', zeros(100)));
    expect(await refused(decodeImage(png, anySize, 'a.png'))).toBe(
      'a.png has 201326592 values for one sample: 67108864 at most are read, make the samples smaller',
    );
  });

  it('of very many lines of one pixel is refused by its header', async () => {
    const png = pngWith({ width: 1, height: 2 ** 20 }, chunk('IDAT', zeros(2 ** 22)));
    expect(await refused(decodeImage(png, anySize, 'a.png'))).toMatch(
      /^a\.png is 1x1048576: 65535 pixels at most/,
    );
  });

  it('whose pixels unpack to more than they are is unpacked no further', async () => {
    const png = pngWith({ width: 16, height: 16 }, chunk('IDAT', zeros(2 ** 26)));
    expect(await refused(decodeImage(png, anySize, 'a.png'))).toMatch(/unpacks to more than its pixels/);
  });

  it('whose pixels end early is refused', async () => {
    const png = pngWith({ width: 16, height: 16 }, chunk('IDAT', zeros(700)));
    expect(await refused(decodeImage(png, anySize, 'a.png'))).toMatch(/cut off/);
  });

  it('keeps its pixels when its colour profile is a bomb, which nobody unpacks', async () => {
    const profile = chunk('iCCP', Buffer.concat([Buffer.from('x\0\0'), zeros(2 ** 28)]));
    const png = pngWith(
      { width: 1, height: 1 },
      profile,
      chunk('IDAT', deflateSync(Buffer.from([0, 1, 2, 3]))),
    );
    expect([...(await decodeImage(png, anySize, 'a.png')).data]).toEqual([1, 2, 3]);
  });

  it.each([
    ['of a million colours', [chunk('PLTE', Buffer.alloc(3 * 2 ** 20))]],
    ['two palettes', [chunk('PLTE', Buffer.alloc(3)), chunk('PLTE', Buffer.alloc(3))]],
  ])('with a palette that is %s is refused', async (_, palettes) => {
    const png = pngWith({ width: 1, height: 1, colour: 3 }, ...palettes, chunk('IDAT', zeros(2)));
    expect(await refused(decodeImage(png, anySize, 'a.png'))).toMatch(/PLTE is too long or there twice/);
  });

  it('of another depth is refused before it is unpacked', () => {
    const png = pngWith({ width: 4096, height: 4096, depth: 16 }, chunk('IDAT', Buffer.from('no zlib')));
    expect(() => decodePng(png, () => {})).toThrow('16 bits per channel, 8 are read');
  });

  it('of every kind is read when its pixels are all there', () => {
    for (const channels of [1, 2, 3, 4]) {
      const data = Uint8Array.from({ length: 35 * channels }, (_, i) => i * 7);
      expect(decodePng(encode({ width: 7, height: 5, channels, data }), () => {}).data).toEqual(data);
    }
  });

  it('takes as many bytes in seven passes as its pixels and the filters of its lines', () => {
    const header = { width: 5, height: 3, depth: 8, channels: 3, hasPalette: false, isInterlaced: true };
    expect(rawBytes({ ...header, isInterlaced: false })).toBe(3 * (1 + 15));
    // Passes of 1x1, 1x1, 2x0, 1x1, 3x1, 2x2 and 5x1 pixels.
    expect(rawBytes(header)).toBe(5 * 3 * 3 + (1 + 1 + 0 + 1 + 1 + 2 + 1));
  });

  it('that is a JPEG of hundreds of scans is refused before it is decoded', async () => {
    const { file } = jpegs['progressive.jpg'];
    const from = file.indexOf(Buffer.from([0xff, 0xda]));
    const scan = file.subarray(from, file.indexOf(Buffer.from([0xff]), from + 20));
    const bomb = Buffer.concat([file.subarray(0, -2), ...Array<Buffer>(500).fill(scan), file.subarray(-2)]);
    expect(await refused(decodeImage(bomb, anySize, 'a.jpg'))).toMatch(/\(more than 64 scans\)/);
  });

  it('hides no scan from the count, not in what looks like the segment of a marker that there is not', () => {
    const scan = [0xff, 0xda, 0, 3, 1];
    expect(countScans(jpegs['baseline.jpg'].file, 64)).toBe(1);
    expect(countScans(jpegs['progressive.jpg'].file, 64)).toBe(10);
    expect(countScans(Uint8Array.from([0xff, 0xd8, 0xff, 0x02, 0xff, 0xff, ...scan, ...scan]), 64)).toBe(2);
    expect(countScans(Uint8Array.from([0xff, 0xd8, 0xff, 0xe1, 0, 8, ...scan, 0, ...scan]), 64)).toBe(1);
    expect(countScans(Uint8Array.from([0xff, 0xd8, ...scan, ...scan, ...scan]), 1)).toBe(2);
  });
});

describe('an array', () => {
  const header = (shape: string) =>
    npyWith(`{'descr': '<f4', 'fortran_order': False, 'shape': ${shape}, }`, new Uint8Array());

  it.each([
    ['a sample of 10^12 values', '(1, 1000000000000)', '1000000000000 values for one sample'],
    ['a thousand axes', `(${'1, '.repeat(1000).slice(0, -2)})`, '999 axes'],
    ['more than all numbers', `(1, ${'9'.repeat(400)})`, 'Infinity values'],
  ])('that states %s is refused by its header', async (_, shape, says) => {
    const folder = await folderWith({ 'x.npy': header(shape) });
    expect(await refused(openNpy(join(folder, 'x.npy'), 'x.npy'))).toContain(says);
  });

  it('in an archive is seen to be one before there is a folder to unpack it into', async () => {
    const zip = zipOf({ name: 'x.npy', content: Buffer.alloc(2 ** 20) });
    const folder = await folderWith({ 'x.npz': zip });
    vi.stubEnv('TMPDIR', '/no/such/folder');
    onTestFinished(() => {
      vi.unstubAllEnvs();
    });
    expect(await refused(openNpz(join(folder, 'x.npz'), 'x.npz', undefined, 'x'))).toBe(
      'x.npz is not a .npy file: save the array with numpy.save',
    );
  });

  it('in an archive that is a thousand times smaller is refused by the directory of the archive', async () => {
    const folder = await folderWith({
      'x.npz': zipOf({ name: 'x.npy', content: 'tiny', states: 2 ** 28 + 1 }),
    });
    expect(await refused(openNpz(join(folder, 'x.npz'), 'x.npz', undefined, 'x'))).toBe(
      'x.npz: array "x.npy" unpacks to more than 100 times its size: give it as .npy',
    );
  });

  it.each([
    // Fields of TensorProto: a packed list of int64, and dims one by one.
    ['numbers of one byte', [Buffer.from([7 * 8 + 2, ...varint(2 ** 25)]), Buffer.alloc(2 ** 25, 1)]],
    ['a shape of very many axes', [Buffer.alloc(2 ** 26, Buffer.from([8, 1]))]],
  ])(
    'that is a tensor with %s, which take 32 bytes each, is refused before it is decoded',
    async (_, parts) => {
      expect(await refused(() => parsePb(Buffer.concat(parts), 'x.pb'))).toMatch(
        /^x\.pb is not .*take more memory/,
      );
    },
  );

  it('that a module yields is bounded like one of a file', async () => {
    const port = { name: 'x', type: 'uint8', dims: [null, null] } as const;
    const raw = { type: 'uint8', dims: [1, 2 ** 26 + 1], data: new Uint8Array(2 ** 26 + 1) } as const;
    const feeding = { ports: [port], preprocess: undefined };
    expect(await refused(() => prepareSample(raw, port, feeding, 'm.mjs, sample 0'))).toMatch(
      /^m\.mjs, sample 0 has 67108865 values/,
    );
  });
});

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) + 128, ...varint(Math.floor(value / 128))];
}

describe('a list', () => {
  it('of images with more lines than any data set has images is refused', async () => {
    const text = `file\n${'a\n'.repeat(2_000_000)}`;
    expect(await refused(() => parseImageList(text, 'l.csv'))).toBe(
      'l.csv has more than 2000000 lines: split the list',
    );
  });

  it('of images whose line never ends is refused', async () => {
    const text = `file\n${'a'.repeat(2 ** 22)}`;
    expect(await refused(() => parseImageList(text, 'l.csv'))).toMatch(/^l\.csv is no list of images \(/);
  });

  it('of labels with more values than memory holds is refused before it is parsed', async () => {
    const text = `[${'[],'.repeat(MAX_JSON_VALUES / 2)}[]]`;
    expect(await refused(() => parseJsonLabels(text, 'labels.json'))).toMatch(
      /^labels\.json is not a file of labels \(more than 33554432 values\)/,
    );
  });
});
