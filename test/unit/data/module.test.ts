import { describe, expect, it } from 'vitest';
import { openDataset } from '../../../src/data/dataset.ts';
import type { SampleRange } from '../../../src/data/sample.ts';
import { collect, folderWith, within } from './folder.ts';

const ports = [{ name: 'x', type: 'float32', dims: [null, 1] }] as const;
const counting = `
export default async function* ({ range }) {
  const [from, to] = range ?? [0, 3];
  for (let i = from; i < to; i++)
    yield { inputs: { x: { type: 'uint8', dims: [1], data: new Uint8Array([i]) } }, label: { i } };
}`;

async function open(code: string, range?: SampleRange) {
  const folder = await folderWith({ 'data.mjs': code });
  return openDataset({ inputs: 'data.mjs', range, preprocess: { scale: 2 } }, ports, within(folder));
}

describe('a data module', () => {
  it('yields raw samples for the range it is given', async () => {
    const dataset = await open(counting, [1, 3]);
    expect(dataset.length).toBe(2);
    expect(await collect(dataset.samples())).toEqual([
      {
        index: 1,
        inputs: { x: { type: 'float32', dims: [1, 1], data: new Float32Array([2]) } },
        label: { i: 1 },
      },
      {
        index: 2,
        inputs: { x: { type: 'float32', dims: [1, 1], data: new Float32Array([4]) } },
        label: { i: 2 },
      },
    ]);
  });

  it('has no length without a range', async () => {
    const dataset = await open(counting);
    expect(dataset.length).toBeUndefined();
    expect(await collect(dataset.samples())).toHaveLength(3);
  });

  it('must yield exactly its range', async () => {
    const fixed = counting.replace('range ?? [0, 3]', '[0, 3]');
    await expect(collect((await open(fixed, [0, 2])).samples())).rejects.toThrow(
      'yields more than the 2 samples',
    );
    await expect(collect((await open(fixed, [0, 5])).samples())).rejects.toThrow(
      'data.mjs yields 3 samples, range [0, 5] needs 5',
    );
  });

  it.each([
    ['no default export', 'export const a = 1;', 'must export an async generator'],
    ['syntax errors', 'export default (', 'data module data.mjs does not load'],
    ['a function of another kind', 'export default () => 3;', 'must export an async generator'],
    [
      'its own errors',
      'export default async function* () {\n  throw new Error("no disk");\n}',
      'data module data.mjs fails (no disk, at line 2): correct it',
    ],
    [
      'errors of JavaScript',
      'export default async function* () {\n\n  yield nothing.x;\n}',
      'data module data.mjs fails (ReferenceError: nothing is not defined, at line 3): correct it',
    ],
    ['nothing', 'export default async function* () { yield null; }', 'sample 0: inputs["x"] is no tensor'],
    ['a plain array', counting.replace('new Uint8Array([i])', '[i]'), 'inputs["x"] is no tensor'],
    ['another size', counting.replace('dims: [1]', 'dims: [2]'), 'inputs["x"] is no tensor'],
    ['another type', counting.replace("'uint8'", "'int8'"), 'inputs["x"] is no tensor'],
    [
      'values that throw when they are read',
      'export default async function* () { yield { get inputs() { throw new Error("gone"); } }; }',
      'data.mjs, sample 0 cannot be read (gone): yield plain objects',
    ],
    [
      'another shape',
      counting.replace('dims: [1], data: new Uint8Array([i])', 'dims: [2], data: new Uint8Array(2)'),
      'takes [?, 1]',
    ],
  ])('is told in one line that it has %s', async (_, code, message) => {
    await expect(open(code).then((dataset) => collect(dataset.samples()))).rejects.toThrow(message);
  });
});
