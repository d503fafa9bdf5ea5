import { crc32, deflateSync, inflateSync } from 'node:zlib';
import { toBinary } from '@bufbuild/protobuf';
import { encode } from 'fast-png';
import type { Column } from '../../src/data/column.ts';
import { decodeImage } from '../../src/data/images/decode.ts';
import { parseImageList } from '../../src/data/images/image-list.ts';
import { parseJsonLabels } from '../../src/data/labels.ts';
import { openNpy } from '../../src/data/npy.ts';
import { parseNpyHeader } from '../../src/data/npy-header.ts';
import { openNpz } from '../../src/data/npz.ts';
import { checkThrift } from '../../src/data/parquet/check-thrift.ts';
import { openParquet, openParquetLabels } from '../../src/data/parquet/open-parquet.ts';
import { parsePb } from '../../src/data/pb.ts';
import { UserError } from '../../src/errors.ts';
import { unzip } from '../../src/github/unzip.ts';
import { TensorProtoSchema } from '../../src/onnx/gen/onnx_pb.ts';
import { makeTensor } from '../../src/onnx/tensors.ts';
import { floats } from '../../test/support/models.ts';
import { npyOf, npyWith } from '../../test/support/npy.ts';
import { jpegs } from '../../test/support/pictures.ts';
import { zipOf } from '../../test/support/zip.ts';
import golden from '../../test/unit/data/golden/parquet.json' with { type: 'json' };
import { type FuzzTarget, textTarget } from '../target.ts';
import { scratchFile } from './scratch.ts';

const array = npyOf(floats([2, 3], [1, 2, 3, 4, 5, 6]));
const archive = zipOf({ name: 'x.npy', content: array }, { name: 'y.npy', content: array });
const header = [
  "'descr'",
  "'<f4'",
  "'|O'",
  "'<U8'",
  "'fortran_order'",
  "'shape'",
  '(2, 3)',
  '(2,)',
  '()',
  'True',
];
const anySize = { channels: 3, width: null, height: null };
const png = (channels: 1 | 3) =>
  encode({ width: 4, height: 4, data: new Uint8Array(16 * channels).fill(7), channels, depth: 8 });

/** Reads the first and the last rows of a column, as batches do. */
async function readRows(opening: Promise<Column<unknown>>): Promise<void> {
  const column = await opening;
  try {
    for await (const _ of column.rows(0, Math.min(column.length, 4)));
    for await (const _ of column.rows(Math.max(column.length - 1, 0), column.length));
  } finally {
    await column.close?.();
  }
}

export function dataTargets(): FuzzTarget[] {
  return [
    {
      name: 'npy',
      seeds: [
        array,
        npyWith("{'descr': '<i8', 'fortran_order': False, 'shape': (2,), }", new Uint8Array(16)),
      ],
      tokens: header,
      run: async (bytes) => {
        await readRows(openNpy(scratchFile('x.npy', bytes), 'x.npy'));
        parseNpyHeader(bytes, 'x.npy');
      },
    },
    {
      name: 'npz',
      seeds: [archive],
      tokens: ['PK\x03\x04', 'PK\x01\x02', 'PK\x05\x06', 'x.npy'],
      run: (bytes) => readRows(openNpz(scratchFile('x.npz', bytes), 'x.npz', undefined, 'x')),
    },
    {
      name: 'npz-member',
      seeds: [array],
      tokens: header,
      run: (bytes) => {
        const file = scratchFile('m.npz', zipOf({ name: 'x.npy', content: bytes }));
        return readRows(openNpz(file, 'm.npz', 'x', 'x'));
      },
    },
    {
      name: 'parquet',
      seeds: [golden.images, golden.arrays, golden.gzip2, golden.zstd, golden.brotli].map(
        (text) => new Uint8Array(Buffer.from(text, 'base64')),
      ),
      tokens: [
        'PAR1',
        'list',
        'element',
        'bytes',
        '\x15\x00',
        '\x15\x06',
        '\x19\x1c',
        '\xff\xff\xff\xff\x0f',
      ],
      run: async (bytes) => {
        const source = { file: scratchFile('x.parquet', bytes), name: 'x.parquet', member: undefined };
        const port = { name: 'x', type: 'float32', dims: [null, 3, null, null] } as const;
        await readRows(openParquet(source, port, { resize: [4, 4] }));
        for (const member of ['label', 'text', 'flag', 'f16', 'u8', 'ids'])
          await readRows(openParquetLabels({ ...source, member })).catch(orUserError);
      },
    },
    {
      name: 'thrift',
      seeds: [golden.images, golden.arrays].map(footerOf),
      run: (bytes) => {
        try {
          checkThrift(bytes);
        } catch (error) {
          if (!(error instanceof RangeError)) throw error;
        }
      },
    },
    {
      name: 'pb',
      seeds: [toBinary(TensorProtoSchema, makeTensor('x', floats([2, 2], [1, 2, 3, 4])))],
      run: (bytes) => parsePb(bytes, 'x.pb'),
    },
    {
      name: 'png',
      seeds: [png(1), png(3)],
      tokens: ['IHDR', 'IDAT', 'PLTE', 'tRNS', 'iCCP', 'tEXt', 'acTL', 'fcTL', 'fdAT', 'IEND'],
      repair: withPngChecksums,
      run: (bytes) => decodeImage(bytes, anySize, 'x.png'),
    },
    {
      name: 'png-rows',
      // What is behind the compression: a header chunk and the filtered rows.
      seeds: [1, 3].map((channels) => rowsOf(png(channels as 1 | 3))),
      run: (bytes) => decodeImage(pngOf(bytes), anySize, 'x.png'),
    },
    {
      name: 'jpeg',
      seeds: Object.values(jpegs).map(({ file }) => file),
      tokens: ['\xff\xd8', '\xff\xc0', '\xff\xc2', '\xff\xda', '\xff\xd9', '\xff\xe1Exif', '\xff\xdd'],
      run: (bytes) => decodeImage(bytes, anySize, 'x.jpg'),
    },
    textTarget({
      name: 'image-list',
      seeds: ['file,label\n1.png,0\n"a b/2.png",1\n', 'file\n1.png\n', 'file,text\n1.png,"a, b"\n'],
      run: (text) => parseImageList(text, 'list.csv'),
    }),
    textTarget({
      name: 'labels',
      seeds: ['[0, 1, [2], null]', '{ "1.png": 0, "2.png": { "boxes": [[0, 0, 1, 1]] } }', coco],
      run: (text) => parseJsonLabels(text, 'labels.json', ['1.png', '2.png']),
    }),
    {
      name: 'zip',
      seeds: [archive, zipOf({ name: 'report.json', content: '{}' })],
      tokens: ['PK\x03\x04', 'PK\x01\x02', 'PK\x05\x06', 'PK\x06\x06', '../', 'report.json'],
      run: (bytes) => unzip(bytes, 'x.zip'),
    },
  ];
}

/** A column that a file does not have is no fault of its reader. */
function orUserError(error: unknown): void {
  if (!(error instanceof UserError)) throw error;
}

/** The metadata of a Parquet file in base64. */
function footerOf(text: string): Uint8Array {
  const bytes = Buffer.from(text, 'base64');
  return new Uint8Array(
    bytes.subarray(bytes.length - 8 - bytes.readUInt32LE(bytes.length - 8), bytes.length - 8),
  );
}

const SIGNATURE = 8;

/** Chunks as `[offset of the type, length of the data]`, as far as they go. */
function chunksOf(bytes: Buffer): [at: number, length: number][] {
  const chunks: [number, number][] = [];
  for (let at = SIGNATURE; at + 12 <= bytes.length; ) {
    const length = bytes.readUInt32BE(at);
    if (at + 12 + length > bytes.length) break;
    chunks.push([at + 4, length]);
    at += 12 + length;
  }
  return chunks;
}

function withPngChecksums(given: Uint8Array): Uint8Array {
  const bytes = Buffer.from(given);
  for (const [at, length] of chunksOf(bytes))
    bytes.writeUInt32BE(crc32(bytes.subarray(at, at + 4 + length)), at + 4 + length);
  return bytes;
}

function rowsOf(png: Uint8Array): Uint8Array {
  const bytes = Buffer.from(png);
  const dataOf = (type: string) =>
    chunksOf(bytes)
      .filter(([at]) => bytes.toString('latin1', at, at + 4) === type)
      .map(([at, length]) => bytes.subarray(at + 4, at + 4 + length));
  return Buffer.concat([...dataOf('IHDR'), inflateSync(Buffer.concat(dataOf('IDAT')))]);
}

function pngOf(rows: Uint8Array): Uint8Array {
  const chunk = (type: string, data: Uint8Array) => {
    const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
    const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(data.length);
    sum.writeUInt32BE(crc32(body));
    return Buffer.concat([length, body, sum]);
  };
  const parts = [chunk('IHDR', rows.subarray(0, 13)), chunk('IDAT', deflateSync(rows.subarray(13)))];
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    ...parts,
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** Annotations of two images. */
const coco = JSON.stringify({
  images: [1, 2].map((id) => ({ id, file_name: `${id}.png`, width: 4, height: 3 })),
  annotations: [{ id: 1, image_id: 2, category_id: 3, bbox: [0, 0, 1, 1], iscrowd: 0 }],
  categories: [{ id: 3, name: 'a' }],
});
