import { encode } from 'fast-png';
import type { Tensor } from '../../src/numerics/tensor.ts';
import { makeNode } from '../../src/onnx/graph.ts';
import { serializeModel } from '../../src/onnx/model.ts';
import { floats, makeModel, noise } from './models.ts';
import { npyOf } from './npy.ts';

export const SIZE = 4;
const PIXELS = SIZE * SIZE;

/** A colour of each class, red first, in [-1, 1]. */
const COLOURS = [
  [0.9, 0.1, -0.5],
  [0.1, -0.1, 0.3],
  [-0.5, 0.7, -0.3],
  [-0.1, -0.7, 0.9],
];
export const CLASSES = COLOURS.length;

const WEIGHTS = COLOURS.flatMap((colour) => colour.flatMap((x) => Array<number>(PIXELS).fill(x / PIXELS)));
const BIASES = COLOURS.map((colour) => -colour.reduce((sum, x) => sum + x * x, 0) / 2);
const ports = {
  inputs: [{ name: 'image', dims: ['N', 3, SIZE, SIZE] }],
  outputs: [{ name: 'scores', dims: ['N', CLASSES] }],
};

/** A model of pictures of 4x4 pixels that says which colour is nearest: it was trained on [-1, 1], red first. */
export function colourModel(): Uint8Array {
  return serializeModel(
    makeModel({
      nodes: [
        makeNode('Flatten', ['image'], ['flat']),
        makeNode('Gemm', ['flat', 'colours', 'bias'], ['scores'], { transB: 1 }),
      ],
      ...ports,
      constants: { colours: floats([CLASSES, 3 * PIXELS], WEIGHTS), bias: floats([CLASSES], BIASES) },
    }),
  );
}

const SCALE = 1 / PIXELS / 127;

/** The same with quantizers. */
export function quantizedColourModel(): Uint8Array {
  const codes = Int8Array.from(WEIGHTS, (w) => Math.round(w / SCALE));
  return serializeModel(
    makeModel({
      nodes: [
        makeNode('Flatten', ['image'], ['flat']),
        makeNode('QuantizeLinear', ['flat', 'input_scale', 'zero'], ['codes']),
        makeNode('DequantizeLinear', ['codes', 'input_scale', 'zero'], ['input']),
        makeNode('DequantizeLinear', ['weight_codes', 'weight_scale', 'zero'], ['colours']),
        makeNode('Gemm', ['input', 'colours', 'bias'], ['scores'], { transB: 1 }),
      ],
      ...ports,
      constants: {
        input_scale: floats([], [1 / 127]),
        weight_scale: floats([], [SCALE]),
        zero: { type: 'int8', dims: [], data: Int8Array.of(0) },
        weight_codes: { type: 'int8', dims: [CLASSES, 3 * PIXELS], data: codes },
        bias: floats([CLASSES], BIASES),
      },
    }),
  );
}

export interface Pictures {
  /** uint8, [count, 3, 4, 4]. */
  readonly images: Tensor;
  readonly ids: readonly number[];
}

/** Noisy pictures of one colour each, of which the model gets most right. */
export function pictures(count: number, seed = 5): Pictures {
  const ids = Array.from({ length: count }, (_, i) => (i * 7 + Math.floor(i / 4)) % CLASSES);
  const wave = noise(count * 3 * PIXELS, seed);
  const data = Uint8Array.from({ length: count * 3 * PIXELS }, (_, at) => {
    const sample = Math.floor(at / (3 * PIXELS));
    const colour = COLOURS[ids[sample]][Math.floor(at / PIXELS) % 3];
    return Math.max(0, Math.min(255, Math.round(127.5 * (1 + colour + 0.8 * wave[at]))));
  });
  return { images: { type: 'uint8', dims: [count, 3, SIZE, SIZE], data }, ids };
}

export function arrays({ images, ids }: Pictures): { inputs: Uint8Array; labels: Uint8Array } {
  const data = BigInt64Array.from(ids, BigInt);
  return { inputs: npyOf(images), labels: npyOf({ type: 'int64', dims: [ids.length], data }) };
}

/** Each picture as a PNG whose sides are so many times as long. */
export function pngs({ images }: Pictures, times = 1): Uint8Array[] {
  const { data, dims } = images;
  const side = SIZE * times;
  return Array.from({ length: dims[0] }, (_, sample) => {
    const rgb = Uint8Array.from({ length: 3 * side * side }, (_, at) => {
      const [x, y] = [Math.floor(at / 3) % side, Math.floor(at / 3 / side)].map((i) => Math.floor(i / times));
      return Number(data[sample * 3 * PIXELS + (at % 3) * PIXELS + y * SIZE + x]);
    });
    return encode({ width: side, height: side, channels: 3, data: rgb });
  });
}
