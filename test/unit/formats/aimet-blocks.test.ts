import { describe, expect, it } from 'vitest';
import { encodings0 } from '../../../src/formats/aimet-0.ts';
import { encodings1 } from '../../../src/formats/aimet-1.ts';
import { encodings2 } from '../../../src/formats/aimet-2.ts';
import type { LayerParameters, ParameterSet, TensorParameters } from '../../../src/formats/parameter-set.ts';

/** Of a MatMul's weight [6, 2] in blocks of 2, and of the weight [3, 4, 1, 1] of a convolution. */
const [product, convolution] = [
  {
    name: 'mw',
    axis: 1,
    along: 0,
    shape: [3, 2],
    channelScales: [0.5, 0.25],
    multiples: [3, 16, 12, 13, 16, 15],
  },
  {
    name: 'cw',
    axis: 0,
    along: 1,
    shape: [3, 2, 1, 1],
    channelScales: [0.5, 1, 2],
    multiples: [3, 16, 6, 16, 16, 8],
  },
].map(({ name, axis, along, shape, channelScales, multiples }): TensorParameters => {
  const perChannel = multiples.length / channelScales.length;
  return {
    name,
    kind: 'weight',
    bits: 4,
    symmetric: true,
    qmin: -8,
    qmax: 7,
    axis,
    scales: multiples.map((m, i) => m * channelScales[Math.floor(i / perChannel)]),
    zeroPoints: multiples.map(() => 0),
    blocks: { axis: along, size: 2, shape, channelScales, multiples, channelBits: 8 },
  };
});

const layer = (weight: TensorParameters): LayerParameters => ({
  name: weight.name,
  op: 'MatMul',
  groups: 1,
  depthwise: false,
  inputs: [],
  weight,
  bias: undefined,
  output: `${weight.name}/y`,
});
const set: ParameterSet = {
  activations: [],
  passedOn: new Set(),
  layers: [layer(product), layer(convolution)],
  constants: [],
};

// As aimet-onnx 2.42.0 exports such weights (set_lpbq_for_params, bitwidth 4, block size 2).
describe('weights in blocks', () => {
  it('are LPBQ in encodings 1.0.0: multiples channel after channel', () => {
    const { text, left } = encodings1.write(set);
    expect(left).toEqual([]);
    expect(JSON.parse(text).param_encodings).toEqual([
      {
        name: 'mw',
        enc_type: 'LPBQ',
        dtype: 'INT',
        bw: 8,
        is_sym: true,
        scale: [0.5, 0.25],
        offset: [-128, -128],
        compressed_bw: 4,
        block_size: 2,
        per_block_int_scale: [3, 16, 12, 13, 16, 15],
      },
      expect.objectContaining({ name: 'cw', scale: [0.5, 1, 2], per_block_int_scale: [3, 16, 6, 16, 16, 8] }),
    ]);
  });

  it('are nested as the weight is in encodings 2.0.0', () => {
    expect(JSON.parse(encodings2.write(set).text).encodings).toEqual([
      {
        name: 'mw',
        output_dtype: 'int4',
        axis: 0,
        block_size: 2,
        per_block_int_scale: [
          [3, 13],
          [16, 16],
          [12, 15],
        ],
        per_channel_float_scale: [[0.5, 0.25]],
      },
      {
        name: 'cw',
        output_dtype: 'int4',
        axis: 1,
        block_size: 2,
        per_block_int_scale: [
          [[[3]], [[16]]],
          [[[6]], [[16]]],
          [[[16]], [[8]]],
        ],
        per_channel_float_scale: [[[[0.5]]], [[[1]]], [[[2]]]],
      },
    ]);
  });

  it('are left out of encodings 0.6.1, which says so', () => {
    const { text, left } = encodings0.write(set);
    expect(JSON.parse(text).param_encodings).toEqual({});
    expect(left.map(({ name }) => name)).toEqual(['mw', 'cw']);
    expect(left[0].why).toContain('encodings: 1.0.0');
  });

  it('are named as left out when they are read', () => {
    for (const format of [encodings1, encodings2])
      expect(format.read(format.write(set).text, 'e.json').left).toEqual([
        { name: 'mw', why: 'has one scale per block' },
        { name: 'cw', why: 'has one scale per block' },
      ]);
  });
});
