import { describe, expect, it } from 'vitest';
import { batches } from '../../../src/data/batch.ts';
import type { Sample } from '../../../src/data/sample.ts';
import type { Port } from '../../../src/runtime/runtime.ts';
import { collect } from './folder.ts';

async function* samplesOf(
  rows: number[][],
  dims = (row: number[]) => [1, row.length],
): AsyncGenerator<Sample> {
  for (const [i, row] of rows.entries()) {
    const x = { type: 'float32', dims: dims(row), data: new Float32Array(row) } as const;
    yield { index: 10 + i, inputs: { x }, label: i };
  }
}

const port = (first: number | null): Port[] => [{ name: 'x', type: 'float32', dims: [first, null] }];
const rows = [
  [1, 2],
  [3, 4],
  [5, 6],
];

describe('batches', () => {
  it('joins samples along the first axis; the last batch of a dynamic model is smaller', async () => {
    const [first, last, ...none] = await collect(batches(samplesOf(rows), 2, port(null)));
    expect(none).toEqual([]);
    expect(first).toEqual({
      indices: [10, 11],
      labels: [0, 1],
      size: 2,
      inputs: { x: { type: 'float32', dims: [2, 2], data: new Float32Array([1, 2, 3, 4]) } },
    });
    expect(last).toMatchObject({ indices: [12], size: 1, inputs: { x: { dims: [1, 2] } } });
  });

  it('fills the last batch of a fixed size with its last sample', async () => {
    const last = (await collect(batches(samplesOf(rows), 2, port(2)))).at(-1)!;
    expect(last).toMatchObject({ indices: [12], labels: [2], size: 2 });
    expect(last.inputs.x).toEqual({ type: 'float32', dims: [2, 2], data: new Float32Array([5, 6, 5, 6]) });
  });

  it('never joins samples of different shapes', async () => {
    const mixed = [[1], [2], [3, 4], [5]];
    const found = await collect(batches(samplesOf(mixed), 3, port(null)));
    expect(found.map((batch) => batch.indices)).toEqual([[10, 11], [12], [13]]);
  });

  it('ends a batch where a shard may end, whatever shapes came before', async () => {
    const mixed = [[1, 2], [1], [2], [3], [4], [5], [6]];
    const cut = async (from: number) =>
      (await collect(batches(samplesOf(mixed.slice(from)), 3, port(null)))).map((batch) =>
        batch.indices.map((index) => index + from),
      );
    expect(await cut(0)).toEqual([[10], [11, 12], [13, 14, 15], [16]]);
    expect(await cut(3)).toEqual([[13, 14, 15], [16]]);
  });

  it('joins fewer samples where they are larger than the ones that the size was chosen for', async () => {
    const mixed = [[1], [2], [3], [4], [1, 2], [3, 4], [5, 6], [1, 2, 3, 4, 5]];
    const found = await collect(batches(samplesOf(mixed), 4, port(null), 4));
    expect(found.map((batch) => batch.indices)).toEqual([[10, 11, 12, 13], [14, 15], [16], [17]]);
    const fixed = await collect(batches(samplesOf(rows), 2, port(2), 1));
    expect(fixed.map((batch) => batch.indices)).toEqual([[10, 11], [12]]);
  });

  it('runs samples without a leading dimension of 1 alone', async () => {
    const found = await collect(
      batches(
        samplesOf(rows, (row) => [row.length, 1]),
        2,
        port(2),
      ),
    );
    expect(found.map((batch) => [batch.indices, batch.size])).toEqual([
      [[10], 1],
      [[11], 1],
      [[12], 1],
    ]);
  });

  it('gives nothing for no samples', async () => {
    expect(await collect(batches(samplesOf([]), 2, port(null)))).toEqual([]);
  });
});
