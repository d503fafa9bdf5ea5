import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UserError } from '../../../src/errors.ts';
import { parameterFormats } from '../../../src/formats/index.ts';
import { rangesOf } from '../../../src/formats/parameter-set.ts';
import { asymmetricGrid, symmetricGrid } from '../../../src/numerics/grid.ts';
import { encodingVersions, snpe } from '../../../src/targets/snpe.ts';
import {
  byName,
  forEveryFormat,
  golden,
  int8,
  setOf,
  sets,
  tensorOn,
  tensorsOf,
  uint8,
} from './parameters.ts';

const { '0.6.1': v0, '1.0.0': v1, '2.0.0': v2 } = encodingVersions;
const versions = Object.entries(encodingVersions);
const weight = tensorOn(
  int8,
  [
    [-0.5, 0.25],
    [-1, 1],
  ],
  { name: 'w', kind: 'weight', axis: 0 },
);
const example = setOf([golden(uint8, 'x'), golden(int8, 's'), weight]);
const scale = Math.fround(4.6 / 255);
const symmetricScale = Math.fround(3.4 / 127);

describe('encodings', () => {
  it('0.6.1 have the golden values, is_symmetric as a word, ranges that agree with scale and offset', () => {
    expect(snpe.formats).toEqual([v0]);
    const { text, left } = v0.write(example);
    expect(left).toEqual([]);
    const file = JSON.parse(text);
    expect(file.version).toBe('0.6.1');
    expect(file.activation_encodings.x).toEqual([
      {
        bitwidth: 8,
        dtype: 'int',
        is_symmetric: 'False',
        max: 188 * scale,
        min: -67 * scale,
        offset: -67,
        scale,
      },
    ]);
    const [x] = file.activation_encodings.x;
    expect([x.scale, x.min, x.max].map((v) => v.toFixed(5))).toEqual(['0.01804', '-1.20863', '3.39137']);
    const [s] = file.activation_encodings.s;
    expect(s).toMatchObject({ is_symmetric: 'True', offset: -128, scale: symmetricScale });
    expect([s.scale, s.min, s.max].map((v) => v.toFixed(6))).toEqual(['0.026772', '-3.426772', '3.400000']);
    expect(file.param_encodings.w).toMatchObject([
      { is_symmetric: 'True', offset: -128, scale: Math.fround(0.5 / 127) },
      { is_symmetric: 'True', offset: -128, scale: Math.fround(1 / 127) },
    ]);
    expect(file.quantizer_args).toEqual({
      activation_bitwidth: 8,
      dtype: 'int',
      is_symmetric: 'True',
      param_bitwidth: 8,
      per_channel_quantization: 'True',
      quant_scheme: 'post_training_tf',
    });
  });

  it('1.0.0 are lists, the channels in one entry, is_sym a boolean', () => {
    const file = JSON.parse(v1.write(example).text);
    expect(file.activation_encodings).toEqual([
      {
        name: 'x',
        enc_type: 'PER_TENSOR',
        dtype: 'INT',
        bw: 8,
        is_sym: false,
        scale: [scale],
        offset: [-67],
      },
      {
        name: 's',
        enc_type: 'PER_TENSOR',
        dtype: 'INT',
        bw: 8,
        is_sym: true,
        scale: [symmetricScale],
        offset: [-128],
      },
    ]);
    expect(file.param_encodings).toEqual([
      {
        name: 'w',
        enc_type: 'PER_CHANNEL',
        dtype: 'INT',
        bw: 8,
        is_sym: true,
        scale: weight.scales,
        offset: [-128, -128],
      },
    ]);
    expect(file).toMatchObject({
      version: '1.0.0',
      excluded_layers: [],
      quantizer_args: { is_symmetric: true },
    });
  });

  it('2.0.0 are one list with the sign of ONNX', () => {
    expect(JSON.parse(v2.write(example).text)).toEqual({
      version: '2.0.0',
      encodings: [
        { name: 'x', y_scale: scale, y_zero_point: 67, output_dtype: 'uint8' },
        { name: 's', y_scale: symmetricScale, y_zero_point: 0, output_dtype: 'int8' },
        { name: 'w', y_scale: weight.scales, y_zero_point: [0, 0], axis: 0, output_dtype: 'int8' },
      ],
    });
  });

  it('read back bit for bit, in every version, whatever the names', () => {
    fc.assert(
      fc.property(sets([2, 3, 4, 8, 16]), (set) => {
        for (const [version, format] of versions) {
          const { text, left } = format.write(set);
          const out = new Set(left.map(({ name }) => name));
          const kept = tensorsOf(set).filter(({ name }) => !out.has(name));
          expect(format.recognizes(text), version).toBe(true);
          const back = format.read(text, 'e.json');
          expect(back.left).toEqual([]);
          expect(byName(back.tensors), version).toEqual(
            kept.map((t) => ({
              ...t,
              kind: version === '2.0.0' ? null : t.kind,
              axis: version === '2.0.0' || t.axis === null ? t.axis : undefined,
            })),
          );
          const known = { '0.6.1': [4, 8, 16], '1.0.0': [2, 3, 4, 8, 16], '2.0.0': [2, 4, 8, 16] }[version];
          expect(kept.length, version).toBe(
            tensorsOf(set).filter(({ bits }) => known?.includes(bits)).length,
          );
        }
      }),
      { numRuns: 200 },
    );
  });

  it('of a signed asymmetric grid mean the same values on the unsigned one', () => {
    const signed = golden(asymmetricGrid(8, true));
    expect(signed.zeroPoints).toEqual([-61]);
    for (const format of [v0, v1]) {
      const [back] = format.read(format.write(setOf([signed])).text, 'e.json').tensors;
      expect(back).toMatchObject({ qmin: 0, qmax: 255, zeroPoints: [67], scales: signed.scales });
      expect(rangesOf(back)).toEqual(rangesOf(signed));
    }
    expect(v2.read(v2.write(setOf([signed])).text, 'e.json').tensors).toEqual([{ ...signed, kind: null }]);
  });

  it('of a restricted grid are strictly symmetric, which 2.0.0 cannot say', () => {
    const strict = golden(symmetricGrid(8, { restricted: true }));
    for (const format of [v0, v1]) {
      const { text } = format.write(setOf([strict]));
      expect(text).toContain('-127');
      expect(format.read(text, 'e.json').tensors).toEqual([strict]);
    }
    expect(v2.write(setOf([strict])).left).toEqual([
      { name: 'x', why: 'int8 of encodings 2.0.0 reaches below -127' },
    ]);
  });

  it('name a weight of two layers once, and report layers that disagree', () => {
    const other = { ...weight, scales: [1, 2] };
    for (const [, format] of versions) {
      expect(format.write(setOf([weight, weight]))).toEqual(format.write(setOf([weight])));
      expect(format.write(setOf([weight, other])).left).toEqual([
        { name: 'w', why: expect.stringMatching(/two layers/) },
      ]);
    }
  });
});

/** A file of 0.x with one entry. */
const old = (channels: unknown, rest: object = {}) =>
  JSON.stringify({ activation_encodings: { x: channels }, param_encodings: {}, ...rest });
const list = (entry: object) =>
  JSON.stringify({ param_encodings: [{ name: 'x', dtype: 'INT', bw: 8, ...entry }], version: '1.0.0' });
const onnx = (entry: object, version = '2.0.0') =>
  JSON.stringify({ encodings: [{ name: 'x', output_dtype: 'uint8', ...entry }], version });

describe('encodings of other tools', () => {
  it('of AIMET 0.4.0 and of PPQ, without dtype, is_symmetric and sign, are read', () => {
    const channel = { bitwidth: 8, max: 2.6087, min: -2.10916, scale: 0.018501389771699905 };
    for (const offset of [-114, 114]) {
      for (const version of [{}, { version: '0.4.0' }, { version: '0.5.0' }]) {
        const text = old([{ ...channel, offset }], version);
        expect(v0.recognizes(text)).toBe(true);
        expect(v0.read(text, 'e.json').tensors).toMatchObject([
          {
            name: 'x',
            symmetric: false,
            qmin: 0,
            qmax: 255,
            axis: null,
            zeroPoints: [114],
            scales: [Math.fround(0.018501389771699905)],
          },
        ]);
      }
    }
  });

  it.each(['True', 'true', true])('with is_symmetric %j and offset 0 or −128 are signed', (is_symmetric) => {
    for (const offset of [0, -128, 128]) {
      const { tensors } = v0.read(old([{ bitwidth: 8, is_symmetric, scale: 0.5, offset }]), 'e.json');
      expect(tensors).toMatchObject([{ symmetric: true, qmin: -128, qmax: 127, zeroPoints: [0] }]);
    }
  });

  it('with min and max alone get the scale and offset that these mean', () => {
    const [x] = v0.read(old([{ bitwidth: 8, min: -1.2, max: 3.4 }]), 'e.json').tensors;
    expect(x).toEqual(golden(uint8));
    const [s] = v0.read(old([{ bitwidth: 8, min: -1.2, max: 3.4, is_symmetric: 'True' }]), 'e.json').tensors;
    expect(s).toEqual(golden(int8));
  });

  it('with a bias of 32 bits are read', () => {
    const bias = { bitwidth: 32, dtype: 'int', is_symmetric: 'True', offset: -(2 ** 31), scale: 2 ** -20 };
    expect(v0.read(old([bias, bias]), 'e.json').tensors).toMatchObject([
      { bits: 32, qmin: -(2 ** 31), qmax: 2 ** 31 - 1, axis: undefined, zeroPoints: [0, 0] },
    ]);
    expect(
      v2.read(onnx({ y_scale: [1, 2], axis: 0, output_dtype: 'int32' }), 'e.json').tensors,
    ).toMatchObject([{ bits: 32, symmetric: true, axis: 0, scales: [1, 2], zeroPoints: [0, 0] }]);
  });

  it('of 1.0.0 with an axis keep it, of 2.0.0 without one do not invent it', () => {
    expect(v2.read(onnx({ y_scale: [0.5, 0.25] }), 'e.json').tensors[0].axis).toBe(undefined);
    const entry = { enc_type: 'PER_CHANNEL', is_sym: true, scale: [0.5, 0.25], offset: [-128, -128] };
    expect(v1.read(list(entry), 'e.json').tensors[0].axis).toBe(undefined);
    expect(v1.read(list({ ...entry, axis: 1 }), 'e.json').tensors[0].axis).toBe(1);
  });

  it('list what has no integer grid, or two, instead of dropping it', () => {
    const left = [
      v0.read(old([{ bitwidth: 16, dtype: 'float' }]), 'e.json'),
      v0.read(old([{ bitwidth: 16, dtype: 'int' }]), 'e.json'),
      v0.read(old([{ bitwidth: 8, scale: 0.5, offset: 0, min: 0, max: 126.5 }]), 'e.json'),
      v1.read(list({ enc_type: 'PER_TENSOR', dtype: 'FLOAT', bw: 16 }), 'e.json'),
      v1.read(list({ enc_type: 'LPBQ', is_sym: true, scale: [1], offset: [-8], block_size: 64 }), 'e.json'),
      v1.read(list({ enc_type: 'PER_TENSOR', scale: [1], offset: [0], zero_point_shift: [0.5] }), 'e.json'),
      v2.read(onnx({ output_dtype: 'float8e4m3fn', y_scale: 1 }), 'e.json'),
      v2.read(onnx({ y_scale: [[1, 2]], axis: 1, block_size: 32 }), 'e.json'),
      v2.read(onnx({ y_scale: { x: [3], x_scale: 0.5 } }, '2.1.0'), 'e.json'),
      v2.read(onnx({ y_scale: 1, y_zero_point: -0.5, output_dtype: 'int2' }), 'e.json'),
    ];
    for (const { tensors } of left) expect(tensors).toEqual([]);
    expect(left.flatMap((l) => l.left.map(({ name, why }) => `${name} ${why}`))).toEqual([
      'x stays in 16-bit floating point',
      'x asks for 16 bits without a range: the quantizer chooses it',
      'x says two ranges: min 0 and max 126.5, but scale and offset mean 0 to 127.5',
      'x stays in 16-bit floating point',
      'x has one scale per block',
      'x has a fractional zero point',
      'x stays in float8e4m3fn',
      'x has one scale per block',
      'x has quantized scales',
      'x has a fractional zero point',
    ]);
  });

  it.each([
    [v0, old([]), /activation_encodings "x": "Too small/],
    [v0, old([{ bitwidth: 8, scale: 0, offset: 0 }]), /"x": scale 0 is not a positive float32/],
    [v0, old([{ bitwidth: 8, scale: 1e-60, offset: 0 }]), /scale 1e-60/],
    [v0, old([{ bitwidth: 8, scale: -1, offset: 0 }]), /scale -1/],
    [v0, old([{ bitwidth: 8, min: 1, max: -1 }]), /needs scale and offset, or min and max/],
    [v0, old([{ bitwidth: 8, min: 1 }]), /needs scale and offset, or min and max/],
    [v0, old([{ bitwidth: 8, scale: 1, offset: -256 }]), /offset -256 is beyond 8 bits/],
    [
      v0,
      old([{ bitwidth: 8, scale: 1, offset: -5, is_symmetric: 'True' }]),
      /offset -5 of a symmetric tensor/,
    ],
    [v0, old([{ bitwidth: 8, scale: 1, is_symmetric: 'maybe' }]), /0\.is_symmetric/],
    [v0, old([{ bitwidth: 8, scale: 1, block_size: 4 }]), /block_size/],
    [
      v0,
      old([
        { bitwidth: 8, scale: 1 },
        { bitwidth: 4, scale: 1 },
      ]),
      /channels differ/,
    ],
    [v0, '{"activation_encodings": {}, "param_encodings": 3}', /param_encodings: "is not a map/],
    [v1, list({ enc_type: 'PER_TENSOR', scale: [1, 2], offset: [0, 0] }), /not of one length/],
    [v1, list({ enc_type: 'PER_CHANNEL', scale: [1, 2], offset: [0] }), /not of one length/],
    [
      v1,
      list({ enc_type: 'PER_CHANNEL', scale: [1, 2], offset: [-128, 0], is_sym: true }),
      /differ in offset/,
    ],
    [v1, '{"activation_encodings": [{"bw": 8}]}', /activation_encodings: 0: "is not an entry with a name"/],
    [v2, onnx({ y_scale: [1, 2], y_zero_point: [0, 0, 0], axis: 0 }), /do not fit together/],
    [v2, onnx({ y_scale: [1, 2], axis: [0, 1] }), /do not fit together/],
    [v2, onnx({ y_scale: 1, y_zero_point: 256 }), /is beyond uint8/],
    [v2, onnx({ y_scale: 'x' }), /y_scale: "is not a number/],
    [v2, onnx({ y_scale: 1, output_dtype: 'uint7' }), /not a type of these encodings/],
    [
      v2,
      '{"version": "2.0.0", "encodings": [{"name": "a", "output_dtype": "int8", "y_scale": 1}, {"name": "a"}]}',
      /"a" is there twice/,
    ],
    [v0, '[1]', /is not a JSON object/],
    [v2, '{"encodings": [', /is not a JSON object/],
  ])('are refused in one line where they contradict themselves: case %#', (format, text, message) => {
    expect(() => format.read(text, 'e.json')).toThrow(UserError);
    expect(() => format.read(text, 'e.json')).toThrow(message);
    expect(() => format.read(text, 'e.json')).toThrow(/^e\.json[^\n]*$/);
  });

  it('end in tensors or a UserError, whatever is changed in them', () => {
    const sample = setOf([golden(uint8, 'x'), weight]);
    for (const [, format] of versions) {
      const { text } = format.write(sample);
      fc.assert(
        fc.property(fc.nat(text.length), fc.nat(30), fc.string(), (from, length, insert) => {
          try {
            format.read(text.slice(0, from) + insert + text.slice(from + length), 'e.json');
          } catch (error) {
            if (!(error instanceof UserError)) throw error;
          }
        }),
        { numRuns: 300 },
      );
    }
  });
});

describe('a text', () => {
  it('is claimed by the one format that wrote it', () => {
    for (const format of parameterFormats) {
      const { text } = format.write(forEveryFormat);
      expect(parameterFormats.filter((f) => f.recognizes(text)).map((f) => f.title)).toEqual([format.title]);
    }
  });

  it('of another kind is claimed by none', () => {
    for (const text of [
      '',
      '{',
      '{}',
      '[]',
      'null',
      'version: 1',
      '{"version":"1.0.0"}',
      '{"encodings":[]}',
    ]) {
      expect(
        parameterFormats.filter((f) => f.recognizes(text)),
        text,
      ).toEqual([]);
    }
  });
});
