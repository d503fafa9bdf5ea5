import { join } from 'node:path';
import { create, toBinary } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openPbFolder, parsePb } from '../../../src/data/pb.ts';
import { UserError } from '../../../src/errors.ts';
import {
  TensorProto_DataLocation,
  TensorProto_DataType,
  TensorProtoSchema,
} from '../../../src/onnx/gen/onnx_pb.ts';
import { makeTensor } from '../../../src/onnx/tensors.ts';
import { collect, folderWith } from './folder.ts';

const pbOf = (...values: number[]) =>
  toBinary(
    TensorProtoSchema,
    makeTensor('x', { type: 'float32', dims: [1, values.length], data: new Float32Array(values) }),
  );

describe('openPbFolder', () => {
  it('takes one file per sample in natural order', async () => {
    const folder = await folderWith({ '10.pb': pbOf(10), '9.pb': pbOf(9), 'readme.txt': '' });
    const column = await openPbFolder(folder, 'tensors', 0);
    expect(column.sampleNames).toEqual(['9.pb', '10.pb']);
    expect((await collect(column.rows(1, 2)))[0]).toEqual({
      type: 'float32',
      dims: [1, 1],
      data: new Float32Array([10]),
    });
  });

  it('takes the input of the given position from every test_data_set folder', async () => {
    const folder = await folderWith({
      'test_data_set_0/input_1.pb': pbOf(1),
      'test_data_set_0/input_0.pb': pbOf(0),
      'test_data_set_1/input_1.pb': pbOf(2),
    });
    const rows = await collect((await openPbFolder(folder, 'sets', 1)).rows(0, 2));
    expect(rows.map((row) => row.data[0])).toEqual([1, 2]);
    const first = await openPbFolder(folder, 'sets', 0);
    await expect(collect(first.rows(0, 2))).rejects.toThrow(
      `${join('test_data_set_1', 'input_0.pb')} does not exist`,
    );
  });

  it('refuses a folder without tensors', async () => {
    await expect(openPbFolder(await folderWith({ a: '' }), 'sets', 0)).rejects.toThrow(
      'sets holds no .pb files',
    );
  });
});

describe('parsePb', () => {
  it('reads typed fields', () => {
    const tensor = create(TensorProtoSchema, {
      dims: [2n],
      dataType: TensorProto_DataType.INT64,
      int64Data: [5n, -1n],
    });
    expect(parsePb(toBinary(TensorProtoSchema, tensor), 'a.pb').data).toEqual(new BigInt64Array([5n, -1n]));
  });

  it('refuses external values and negative dimensions', () => {
    const dataLocation = TensorProto_DataLocation.EXTERNAL;
    const external = create(TensorProtoSchema, { dataType: TensorProto_DataType.FLOAT, dataLocation });
    expect(() => parsePb(toBinary(TensorProtoSchema, external), 'a.pb')).toThrow(
      'a.pb keeps its values in another',
    );
    const dims = [-1n, -1n];
    const negative = create(TensorProtoSchema, {
      dims,
      dataType: TensorProto_DataType.FLOAT,
      floatData: [1],
    });
    expect(() => parsePb(toBinary(TensorProtoSchema, negative), 'a.pb')).toThrow('negative dimension');
  });

  it('throws nothing but UserErrors on damaged and random bytes', () => {
    const valid = pbOf(1, 2, 3);
    const damaged = fc.tuple(fc.nat(valid.length - 1), fc.nat(255)).map(([at, byte]) => {
      const bytes = valid.slice();
      bytes[at] = byte;
      return bytes;
    });
    fc.assert(
      fc.property(fc.oneof(damaged, fc.uint8Array({ maxLength: 100 })), (bytes) => {
        try {
          expect(parsePb(bytes, 'a.pb').dims.every((d) => d >= 0)).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(UserError);
        }
      }),
      { numRuns: 500 },
    );
  });
});
