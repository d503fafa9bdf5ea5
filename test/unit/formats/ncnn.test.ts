import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ncnnTable } from '../../../src/formats/ncnn-table.ts';
import { symmetricGrid } from '../../../src/numerics/grid.ts';
import { ncnn } from '../../../src/targets/ncnn.ts';
import { anySet, expected, goldenSet, written } from './sets.ts';

const int8 = ncnn.weights.grid(8, 'per-channel');
const golden = goldenSet(int8, int8, 3.4 / 127);
const [conv1] = golden.layers;
const read = (text: string) => ncnnTable.read(text, 'm.table');
const leftOf = (change: object) => ncnnTable.write({ ...golden, layers: [{ ...conv1, ...change }] }).left;

describe('a table of ncnn', () => {
  it('is recognized behind lines that are commented out', () => {
    expect(ncnnTable.recognizes('#conv1_param_0 1.5\r\nconv2_param_0 1.5 2\r\n')).toBe(true);
    expect(ncnnTable.recognizes('conv1 1')).toBe(false);
    expect(ncnnTable.recognizes('#\n'.repeat(1e6))).toBe(false);
  });

  it('has inverse steps, first of weights, then of inputs', () => {
    const lines = ncnnTable.write(golden).text.split('\n');
    expect(lines.map((line) => line.split(' ')[0])).toEqual(['conv1_param_0', 'conv1', '']);
    const [, input] = lines[1].split(' ').map(Number);
    expect(input).toBeCloseTo(37.35294117647, 5);
    expect(lines[0].split(' ').slice(1).map(Number)[1]).toBeCloseTo(127, 5);
  });

  it('gives back every field bit for bit', () => {
    const grid = (bits: number) => symmetricGrid(bits, { restricted: true });
    const sets = anySet({
      inputGrid: grid,
      weightGrid: grid,
      bits: fc.constant(8),
      ops: ['Conv', 'Gemm', 'MatMul'],
    });
    fc.assert(
      fc.property(sets, (set) => {
        const { left, tensors, text } = written(ncnnTable, set);
        const layers = expected(set, left, ({ name }) => name);
        const kinds = ['weight', 'activation'];
        expect(tensors).toEqual(kinds.flatMap((kind) => layers.filter((t) => t.kind === kind)));
        if (text !== '') expect(ncnnTable.recognizes(text)).toBe(true);
      }),
    );
  });

  it.each([4, 7, 16])('leaves out layers of %d bits', (bits) => {
    const grid = symmetricGrid(bits, { restricted: true });
    const { text, left } = ncnnTable.write(goldenSet(grid, grid, 1));
    expect(text).toBe('');
    expect(left).toEqual([
      { name: 'conv1', why: 'ncnn computes with symmetric int8, and "data" is on another grid' },
    ]);
  });

  it.each([
    [{ name: 'conv 1' }, 'ends at a space'],
    [{ name: 'conv\t1' }, 'ends at a space'],
    [{ name: '\0conv1' }, 'or control character'],
    [{ name: 'a_param_0' }, 'for the weight of another layer'],
    [{ name: '#a' }, 'counts as a comment'],
    [{ name: 'x'.repeat(248) }, 'cuts keys off behind 255 bytes'],
    [{ op: 'ConvTranspose' }, 'deconvolutions in float'],
    [{ weight: undefined }, 'products of two activations'],
  ])('leaves out a layer with %j', (change, why) => {
    expect(leftOf(change)).toMatchObject([{ why: expect.stringContaining(why) }]);
  });

  it('holds a key of 255 bytes', () => {
    expect(leftOf({ name: 'x'.repeat(247) })).toEqual([]);
  });

  it('is read as ncnn2int8 reads it: carriage returns, comments, exponents, an empty line that ends it', () => {
    const { tensors, left } = read('a_param_0 1e2 50. \r\n#b_param_0 3\r\na 2\r\n\r\nc 4\r\n');
    expect(tensors).toMatchObject([
      { name: 'a', kind: 'weight', axis: 0, scales: [Math.fround(0.01), Math.fround(0.02)] },
      { name: 'a', kind: 'activation', axis: null, scales: [0.5] },
    ]);
    expect(left).toEqual([
      { name: 'b_param_0', why: 'it is commented out' },
      { name: 'c', why: 'ncnn2int8 stops reading at the empty line 4' },
    ]);
  });

  it('has step 1 for channels of zeros, which tools write as 0 or inf', () => {
    expect(read('a_param_0 0 0.0 inf 2\n').tensors[0].scales).toEqual([1, 1, 1, 0.5]);
  });

  it('keeps the number of the further weights of an attention layer', () => {
    expect(read('mha_param_0 1\nmha_param_3 2\n').tensors.map(({ name }) => name)).toEqual([
      'mha',
      'mha_param_3',
    ]);
  });

  it.each([
    ['a 1\nb\n', 'm.table:2: "b" has no scales'],
    ['a 1 x2\n', 'm.table:1: "x2" in the line of "a" is not a number'],
    ['a nan\n', 'm.table:1: "nan" in the line of "a" is not a number'],
    ['a 1\na 0x10\n', 'm.table:2: "0x10"'],
    ['a -3\n', 'm.table:1: a step of -0.3333333333333333 is not a positive float32 number'],
    ['a 1e50\n', 'm.table:1: a step of'],
  ])('is refused as %j', (text, message) => {
    expect(() => read(text)).toThrow(message);
  });

  it.each(['TRT-8600-EntropyCalibration2\nimages: 3c010a14\n', '{"a": 1}', 'record {\n', ''])(
    'is not %j',
    (text) => {
      expect(ncnnTable.recognizes(text)).toBe(false);
    },
  );
});
