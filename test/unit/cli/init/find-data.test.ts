import { describe, expect, it } from 'vitest';
import { findData } from '../../../../src/cli/init/find-data.ts';
import { bytesOf, folderWith, within } from '../../data/folder.ts';
import golden from '../../data/golden/parquet.json' with { type: 'json' };

const port = (name: string, dims: (number | null)[], type: 'float32' | 'int64' = 'float32') => ({
  name,
  dims,
  type,
});

async function found(file: Uint8Array, ports: Parameters<typeof findData>[3]) {
  const path = 'data/test-00000-of-00001.parquet';
  const survey = { files: [path], pictures: new Map(), tensors: new Map(), cut: undefined };
  const place = within(await folderWith({ [path]: file }));
  return findData(place, survey, { model: 'm.onnx', others: [] }, ports);
}

describe('the data that init finds', () => {
  it('are the pictures of a Parquet file, resized where the network is smaller, with its labels', async () => {
    const data = await found(bytesOf(golden.images), [port('pixels', [null, 3, 2, 2])]);
    expect(data).toMatchObject({
      evaluation: {
        inputs: 'data/test-00000-of-00001.parquet',
        labels: { kind: 'classes', path: 'data/test-00000-of-00001.parquet#label', ids: [2, 0, 1, 1, 0] },
        fit: { resize: 2, crop: [2, 2] },
      },
    });
  });

  it('are the columns of a Parquet file for inputs of their names', async () => {
    const ports = [port('x', [null, 2, 3, 2]), port('ids', [null, 4], 'int64')];
    expect(await found(bytesOf(golden.arrays), ports)).toMatchObject({
      evaluation: { inputs: 'data/test-00000-of-00001.parquet', elements: 16, labels: undefined },
    });
    expect(await found(bytesOf(golden.arrays), [ports[0], port('other', [null, 4])])).toEqual({
      missing:
        'data/test-00000-of-00001.parquet has no column "other" (it has x, ids): write the path as file.parquet#column',
      isPointer: false,
    });
  });
});
