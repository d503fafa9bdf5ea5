import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { npyBytes } from '../../../../src/data/write-npy.ts';
import { UserError } from '../../../../src/errors.ts';
import type { Tensor } from '../../../../src/numerics/tensor.ts';
import { deviceOutputs } from '../../../../src/pipeline/verify/device-outputs.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'quantgate-device-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const write = (path: string, content: string | Uint8Array) => {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), content);
};
const tensor = (dims: number[], values: number[]): Tensor => ({
  type: 'float32',
  dims,
  data: Float32Array.from(values),
});
const npy = (...values: number[]) => npyBytes(tensor([1, values.length], values));
const raw = (...values: number[]) => new Uint8Array(Float32Array.from(values).buffer);
const like = { y: tensor([1, 2], [0, 0]), 'b/c:0': tensor([1, 1, 3], [0, 0, 0]) };
const names = ['y', 'b/c:0'];

const open = (rows = 1, of = names) => deviceOutputs(folder, 'dev', of, rows);
const valuesOf = async (sample: number, rows = 1, of = names) => {
  const outputs = await (await open(rows, of))(sample, like);
  return Object.fromEntries(
    Object.entries(outputs).map(([name, { data }]) => [name, Array.from(data, Number)]),
  );
};

describe('the outputs of a device', () => {
  it('are .npy files in a folder for each sample, by name or by place', async () => {
    write('000000/y.npy', npy(1, 2));
    write('000000/b_c:0.npy', npy(3, 4, 5));
    write('000001/0.npy', npy(6, 7));
    write('000001/1.npy', npy(8, 9, 10));
    expect(await valuesOf(0)).toEqual({ y: [1, 2], 'b/c:0': [3, 4, 5] });
    expect(await valuesOf(1)).toEqual({ y: [6, 7], 'b/c:0': [8, 9, 10] });
  });

  it('are one .npy file for each sample of a model with one output', async () => {
    write('000000.npy', npy(1, 2));
    write('000001.npy', npy(3, 4));
    expect(await valuesOf(1, 1, ['y'])).toEqual({ y: [3, 4] });
  });

  it.each(['b/c:0.raw', 'b_c_0.raw', '_b_c_0.raw'])(
    'are raw float32, as snpe-net-run and qnn-net-run name it: %s',
    async (file) => {
      write('Result_0/y.raw', raw(1, 2));
      write(`Result_0/${file}`, raw(3, 4, 5));
      write('Result_1/y.raw', raw(6, 7));
      expect(await valuesOf(0)).toEqual({ y: [1, 2], 'b/c:0': [3, 4, 5] });
      expect(await valuesOf(1)).toEqual({ y: [6, 7] });
    },
  );

  it('are in the order of their numbers, of which there may be more than nine', async () => {
    for (let i = 0; i < 12; i++) write(`Result_${i}/any.raw`, raw(i, i));
    expect(await valuesOf(11, 1, ['y'])).toEqual({ y: [11, 11] });
  });

  it('are what trtexec --exportOutput writes, one file a sample', async () => {
    write(
      '000000.json',
      '[\n  { "name" : "y"\n  , "dimensions" : "1x2"\n  , "values" : [ 0.5, -1e-05 ]\n  }\n]\n',
    );
    expect(await valuesOf(0)).toEqual({ y: [0.5, Math.fround(-1e-5)] });
  });

  it('are the rows of one run where a model takes several samples together', async () => {
    write('000000/y.npy', npyBytes(tensor([2, 2], [1, 2, 3, 4])));
    write('000001/y.npy', npyBytes(tensor([2, 2], [5, 6, 7, 8])));
    expect(await valuesOf(1, 2, ['y'])).toEqual({ y: [3, 4] });
    expect(await valuesOf(2, 2, ['y'])).toEqual({ y: [5, 6] });
  });
});

describe('what is no output of a device', () => {
  const refused = async (sample: number, why: RegExp) => {
    const reading = (async () => (await open())(sample, like))();
    await expect(reading).rejects.toThrow(UserError);
    await expect(reading).rejects.toThrow(why);
  };

  it('is refused with the forms that are known', async () => {
    write('readme.txt', 'hello');
    await refused(0, /^dev holds no outputs in a form that is known: give 000000\/<output>\.npy/);
    folder = join(folder, 'gone');
    await expect(open()).rejects.toThrow(/^dev cannot be read/);
    folder = dirname(folder);
  });

  it('is a number that is missing, or a sample beyond the last', async () => {
    write('000000/y.npy', npy(1, 2));
    await refused(1, /^dev has outputs of 1 samples, and none of sample 1: .* --samples 1$/);
    write('000002/y.npy', npy(1, 2));
    await refused(0, /^dev has 2 results and none of number 1/);
  });

  it('is another shape, or other bytes than float32 has', async () => {
    write('000000/y.npy', npy(1, 2, 3));
    await refused(0, /^dev\/000000\/y\.npy has shape \(1, 3\), not \(1, 2\)/);
    write('Result_0/y.raw', raw(1));
    await refused(0, /^dev\/Result_0\/y\.raw holds 4 bytes, "y" of shape \(1, 2\) in float32 has 8/);
    write('Result_0/y.raw', raw(1, 2, 3));
    await refused(0, /^dev\/Result_0\/y\.raw cannot be read \(larger than 8 bytes\)/);
    write('Result_0/y.raw', raw(1, Number.NaN));
    await refused(0, /^dev\/Result_0\/y\.raw holds NaN at element 1/);
  });

  it('is a file that never ends or is far too large', async () => {
    mkdirSync(join(folder, '000000'));
    symlinkSync('/dev/zero', join(folder, '000000/y.npy'));
    await refused(0, /cannot be read \(not a file\)/);
    rmSync(join(folder, '000000/y.npy'));
    write('000000/y.npy', new Uint8Array(1e6));
    await refused(0, /cannot be read \(larger than/);
  });

  it.each([
    ['no JSON', '{'],
    ['no list', '{"y": [1, 2]}'],
    ['other dimensions than values', '[{"name":"y","dimensions":"1x3","values":[1,2]}]'],
    ['dimensions of another kind', '[{"name":"y","dimensions":"-1x2","values":[1,2]}]'],
  ])('is a file of trtexec with %s', async (_, text) => {
    write('000000.json', text);
    await refused(0, /^dev\/000000\.json /);
  });
});
