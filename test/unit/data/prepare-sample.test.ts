import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { convertValues } from '../../../src/data/convert.ts';
import { prepareSample } from '../../../src/data/prepare-sample.ts';
import { type Preprocess, preprocessFor } from '../../../src/data/preprocess.ts';
import { countsSamples, sampleShape } from '../../../src/data/shape.ts';
import {
  type ElementType,
  elementCount,
  type Tensor,
  type TensorData,
} from '../../../src/numerics/tensor.ts';
import type { Port } from '../../../src/runtime/runtime.ts';

const port = (dims: (number | null)[], type: ElementType = 'float32'): Port => ({ name: 'x', type, dims });
const bytes = (dims: number[]): Tensor => ({
  type: 'uint8',
  dims,
  data: Uint8Array.from({ length: elementCount(dims) }, (_, i) => i),
});

describe('sampleShape', () => {
  it.each([
    ['a row without the batch dimension', [3, 4, 4], [null, 3, 4, 4], [1, 3, 4, 4]],
    ['a row with it', [1, 3, 4, 4], [1, 3, 4, 4], [1, 3, 4, 4]],
    ['a batch of fixed size', [3, 4], [8, 3, 4], [1, 3, 4]],
    ['dynamic dimensions', [5, 4], [null, null, 4], [1, 5, 4]],
    ['a model without a batch dimension', [6, 4], [6, 4], [6, 4]],
    ['a flat row', [48], [1, 3, 4, 4], [1, 3, 4, 4]],
    ['a flat row for a dynamic length', [12], [null, null, 4], [1, 3, 4]],
    ['an image for a flat input', [1, 4, 4], [null, 16], [1, 16]],
    ['dimensions of 1 elsewhere', [4, 4], [null, 1, 4, 4], [1, 1, 4, 4]],
    ['one number', [], [null], [1]],
    ['one number for a column', [], [null, 1], [1, 1]],
    ['a scalar input', [], [], []],
    ['an input of unknown rank', [7], [], [1, 7]],
  ])('takes %s', (_, dims, shape, expected) => {
    expect(sampleShape(dims, port(shape), 'a.npy')).toEqual(expected);
  });

  it.each([
    ['NHWC for NCHW', [4, 4, 3], [1, 3, 4, 4]],
    ['another size', [3, 5, 4], [1, 3, 4, 4]],
    ['another size of a flat row', [47], [1, 3, 4, 4]],
    ['two samples in one flat row', [24], [null, 3, 4]],
    ['a transposed matrix', [4, 6], [null, 6, 4]],
  ])('refuses %s', (_, dims, shape) => {
    expect(() => sampleShape(dims, port(shape), 'a.npy, sample 3')).toThrow(
      /^a\.npy, sample 3 has shape \[.*\], input "x" takes \[.*\]: store the data in the model's layout$/,
    );
  });

  it.each([
    ['as the model takes it', [2, 1, 128]],
    ['without the dimension of the batch', [2, 128]],
    ['flat', [256]],
  ])('takes the state of two layers %s, beside an input whose batch comes first', (_, dims) => {
    const state = port([2, null, 128]);
    const ports = [port([null, 40]), state];
    expect(sampleShape(dims, state, 'h.npy', countsSamples(state, ports))).toEqual([2, 1, 128]);
  });

  it('tells a dimension that counts samples from one that does not', () => {
    const ports = [port([4, 3]), port([4, 5])];
    expect(ports.map((each) => countsSamples(each, ports))).toEqual([true, true]);
    const mixed = [port([1, 3]), port([2, 5]), port([null, 5]), port([])];
    expect(mixed.map((each) => countsSamples(each, mixed))).toEqual([true, false, true, true]);
  });

  it('keeps the number of elements', () => {
    const shape = fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 4 });
    const dynamic = fc.array(fc.option(fc.integer({ min: 1, max: 4 })), { maxLength: 4 });
    fc.assert(
      fc.property(shape, dynamic, (dims, dims2) => {
        let result: number[];
        try {
          result = sampleShape(dims, port(dims2), 'a');
        } catch {
          return;
        }
        expect(elementCount(result)).toBe(elementCount(dims));
      }),
    );
  });
});

describe('prepareSample', () => {
  const alone = (to: Port, preprocess?: Preprocess) => ({ ports: [to], preprocess });
  const prepare = (raw: Tensor, to: Port, preprocess?: Preprocess) => [
    ...(prepareSample(raw, to, { ports: [to], preprocess }, 'a.npy, sample 0').data as Float32Array),
  ];

  it('computes (x * scale - mean) / std for each channel, channels first or last', () => {
    const preprocess = { scale: 0.5, mean: [1, 2], std: [2, 4] };
    expect(prepare(bytes([2, 1, 2]), port([1, 2, 1, 2]), preprocess)).toEqual([-0.5, -0.25, -0.25, -0.125]);
    const last = { scale: 1, mean: [0, 1, 2], std: [1] };
    expect(prepare(bytes([2, 1, 3]), port([1, 2, 1, 3]), last)).toEqual([0, 0, 0, 3, 3, 3]);
  });

  it('turns red, green, blue round before mean and std', () => {
    expect(prepare(bytes([3, 1, 2]), port([1, 3, 1, 2]), { bgr: true, mean: [4, 2, 0] })).toEqual([
      0, 1, 0, 1, 0, 1,
    ]);
    expect(prepare(bytes([1, 2, 3]), port([1, 1, 2, 3]), {})).toEqual([0, 1, 2, 3, 4, 5]);
    expect(() => prepare(bytes([1, 2, 2]), port([1, 1, 2, 2]), { bgr: true })).toThrow('needs 3 channels');
  });

  it('refuses lists that do not fit the channels, and numbers that make no sense', () => {
    const to = port([1, 3, 1, 1]);
    expect(() => prepare(bytes([3, 1, 1]), to, { mean: [1, 2] })).toThrow(
      'preprocess.mean has 2 values, input "x" has 3 channels: give 1 or 3',
    );
    expect(() => prepare(bytes([1, 1, 1]), port([1, 1, 1, 1]), { mean: [1, 2, 3] })).toThrow(
      'preprocess.mean has 3 values, input "x" has 1 channel: give 1',
    );
    expect(() => prepare(bytes([3, 1, 1]), to, { std: [0] })).toThrow('no std is 0');
    expect(() => prepare(bytes([3, 1, 1]), to, { scale: Number.NaN })).toThrow('finite');
  });

  it('makes integers where the results are some, and refuses the others', () => {
    const to = (type: ElementType) => port([null, 3, 1, 1], type);
    expect(prepareSample(bytes([3, 1, 1]), to('uint8'), alone(to('uint8'), { bgr: true }), 'a').data).toEqual(
      new Uint8Array([2, 1, 0]),
    );
    expect(prepareSample(bytes([3, 1, 1]), to('int64'), alone(to('int64'), { mean: [1] }), 'a').data).toEqual(
      new BigInt64Array([-1n, 0n, 1n]),
    );
    const refused = (type: ElementType, value: number) =>
      `a.npy, sample 0: preprocess makes ${value} for input "x", which takes ${type}: leave out its scale, mean and std where the model takes raw values`;
    expect(() => prepare(bytes([3, 1, 1]), to('uint8'), { scale: 0.5 })).toThrow(refused('uint8', 0.5));
    expect(() => prepare(bytes([3, 1, 1]), to('uint8'), { mean: [1] })).toThrow(refused('uint8', -1));
    expect(() => prepare(bytes([3, 1, 1]), to('int8'), { scale: 64 })).toThrow(refused('int8', 128));
    expect(() => prepare(bytes([3, 1, 1]), to('bool'), { scale: 2 })).toThrow(refused('bool', 2));
  });

  it('names file, sample and input of a value that is not finite', () => {
    const raw: Tensor = { type: 'float32', dims: [3], data: new Float32Array([1, NaN, 2]) };
    const message = 'a.npy, sample 0 has NaN or infinite values for input "x": repair or remove it';
    expect(() => prepare(raw, port([null, 3]))).toThrow(message);
    const large: Tensor = { type: 'int32', dims: [1], data: new Int32Array([70_000]) };
    expect(() => prepare(large, port([null, 1], 'float16'))).toThrow(message);
    const half: Tensor = { type: 'float16', dims: [1], data: new Uint16Array([0x7c00]) };
    expect(() => prepare(half, port([null, 1], 'float16'))).toThrow(message);
  });

  it('shares no memory with what it was given', () => {
    const raw: Tensor = { type: 'float32', dims: [1], data: new Float32Array([1]) };
    const tensor = prepareSample(raw, port([null, 1]), alone(port([null, 1])), 'a');
    raw.data[0] = 2;
    expect(tensor.data[0]).toBe(1);
  });
});

describe('preprocessFor', () => {
  const halve = { scale: 0.5 };
  const image = port([null, 3, 4, 4]);
  const ids = { ...port([null, 77], 'int64'), name: 'ids' };
  const bytesIn = { ...port([null, 3, 4, 4], 'uint8'), name: 'bytes' };

  it('is what the configuration says for floating point, images, and models of integers alone', () => {
    expect(preprocessFor(image, [image, ids], halve)).toBe(halve);
    expect(preprocessFor(bytesIn, [image, bytesIn], halve)).toBe(halve);
    expect(preprocessFor(ids, [ids], halve)).toBe(halve);
  });

  it('leaves integers alone that are no images beside floating point, and where there is nothing to do', () => {
    expect(preprocessFor(ids, [image, ids], halve)).toBeUndefined();
    expect(preprocessFor(ids, [ids], { scale: 1, mean: [0, 0], std: [1], bgr: false })).toBeUndefined();
    expect(preprocessFor(image, [image], { scale: 1, mean: [0], std: [1], bgr: false })).toBeUndefined();
    for (const changed of [{ mean: [0, 1] }, { std: [2] }, { bgr: true }]) {
      expect(preprocessFor(ids, [ids], changed)).toBe(changed);
      expect(preprocessFor(image, [image], changed)).toBe(changed);
    }
  });

  it('checks lists for each channel of floating point, whatever is in them', () => {
    const two = { mean: [0, 0] };
    expect(preprocessFor(image, [image], two)).toBe(two);
  });
});

describe('convertValues', () => {
  const convert = (type: ElementType, data: TensorData, to: ElementType) =>
    convertValues({ type, dims: [data.length], data }, to, 'a');

  it('makes floating point of everything', () => {
    expect(convert('int64', new BigInt64Array([-3n]), 'float32')).toEqual(new Float32Array([-3]));
    expect(convert('float64', new Float64Array([0.1]), 'float32')).toEqual(new Float32Array([0.1]));
    expect(convert('float16', new Uint16Array([0x3c00]), 'float64')).toEqual(new Float64Array([1]));
    expect(convert('uint8', new Uint8Array([2]), 'float16')).toEqual(new Uint16Array([0x4000]));
  });

  it('makes other integers only if every value fits', () => {
    expect(convert('int64', new BigInt64Array([2n ** 31n - 1n]), 'int32')).toEqual(
      new Int32Array([2 ** 31 - 1]),
    );
    expect(() => convert('int64', new BigInt64Array([2n ** 31n]), 'int32')).toThrow('a holds 2147483648');
    expect(() => convert('int8', new Int8Array([-1]), 'uint64')).toThrow('a holds -1, which uint64 cannot');
  });

  it('never makes integers of floating point', () => {
    expect(() => convert('float32', new Float32Array([1]), 'int64')).toThrow(
      'a is float32, the model takes int64: store the data as int64',
    );
  });
});
