import { toBinary } from '@bufbuild/protobuf';
import { encode } from 'fast-png';
import type { Tensor } from '../../src/numerics/tensor.ts';
import { TensorProtoSchema } from '../../src/onnx/gen/onnx_pb.ts';
import { makeNode } from '../../src/onnx/graph.ts';
import { serializeModel } from '../../src/onnx/model.ts';
import { makeTensor } from '../../src/onnx/tensors.ts';
import { startRuntime } from '../../src/runtime/runtime.ts';
import golden from '../support/golden/pictures-parquet.json' with { type: 'json' };
import { makeModel, random } from '../support/models.ts';
import { npyOf } from '../support/npy.ts';
import { HEIGHT, jpegs, WIDTH } from '../support/pictures.ts';
import { zipOf } from '../support/zip.ts';

/** The files of a user who keeps the same samples in one kind of data. */
export interface DataKind {
  /** The `inputs` of calibration and evaluation, and the rest of the evaluation. */
  readonly inputs: string;
  readonly evaluation: string;
  readonly files: Readonly<Record<string, string | Uint8Array>>;
  /** Names of the files that are code, which a gate takes from the base commit only. */
  readonly modules?: readonly string[];
  /** The FP32 figure, where it is not that of the other kinds. */
  readonly fp32?: number;
}

export interface Samples {
  readonly model: Uint8Array;
  readonly kinds: Readonly<Record<string, DataKind>>;
}

export const SAMPLES = 40;
const CLASSES = 4;

/** Pictures by a network of three channels; the labels are what FP32 gives for the pixels of Pillow. */
export async function pictureKinds(): Promise<Samples> {
  const names = Object.keys(jpegs);
  const listed = Array.from({ length: SAMPLES }, (_, i) => names[i % names.length]);
  const image: Tensor = {
    type: 'uint8',
    dims: [SAMPLES, 3, HEIGHT, WIDTH],
    data: Uint8Array.from(listed.flatMap((name) => [...planes(jpegs[name].rgb)])),
  };
  const proto = makeModel({
    nodes: [
      makeNode('Conv', ['image', 'w1', 'b1'], ['c1'], { kernel_shape: [3, 3] }),
      makeNode('Relu', ['c1'], ['r1']),
      makeNode('GlobalAveragePool', ['r1'], ['pooled']),
      makeNode('Flatten', ['pooled'], ['flat']),
      makeNode('Gemm', ['flat', 'w2', 'b2'], ['scores'], { transB: 1 }),
    ],
    inputs: [{ name: 'image', dims: ['N', 3, HEIGHT, WIDTH] }],
    outputs: [{ name: 'scores', dims: ['N', CLASSES] }],
    constants: {
      w1: random([8, 3, 3, 3], 2),
      b1: random([8], 3),
      w2: random([CLASSES, 8], 6),
      b2: random([CLASSES], 7),
    },
  });
  const model = serializeModel(proto);
  const preprocessed = {
    ...image,
    type: 'float32' as const,
    data: Float32Array.from(image.data as Uint8Array, (x) => x / 256),
  };
  const scores = await outputOf(model, { image: preprocessed }, 'scores');
  const classes = Array.from({ length: SAMPLES }, (_, i) => greatest(rowOf(scores, i)));
  const labels = { 'labels.npy': npyOf(scores) };
  const evaluation = 'labels: labels.npy, metric: mse';
  const pictures = (files: Record<string, Uint8Array>, list: string) => ({
    ...Object.fromEntries(Object.entries(files).map(([name, file]) => [`pictures/${name}`, file])),
    'pictures/images.csv': list,
  });
  const jpegFiles = Object.fromEntries(names.map((name) => [name, jpegs[name].file]));
  const pngFiles = Object.fromEntries(
    names.map((name) => [
      name.replace('.jpg', '.png'),
      encode({ width: WIDTH, height: HEIGHT, channels: 3, data: jpegs[name].rgb }),
    ]),
  );
  return {
    model,
    kinds: {
      '.npy': { inputs: 'image.npy', evaluation, files: { 'image.npy': npyOf(image), ...labels } },
      '.npz': {
        inputs: 'data.npz',
        evaluation: 'labels: "data.npz:labels", metric: mse',
        files: {
          'data.npz': zipOf(
            { name: 'image.npy', content: npyOf(image) },
            { name: 'labels.npy', content: npyOf(scores) },
          ),
        },
      },
      'a folder of .pb': {
        inputs: 'tensors',
        evaluation,
        files: { ...labels, ...numbered(SAMPLES, (i) => [`tensors/${i}.pb`, pbOf(sampleOf(image, i))]) },
      },
      'a list of JPEG': {
        inputs: 'pictures/images.csv',
        evaluation,
        files: { ...labels, ...pictures(jpegFiles, ['file', ...listed].join('\n')) },
      },
      'a list of PNG': {
        inputs: 'pictures/images.csv',
        evaluation,
        files: {
          ...labels,
          ...pictures(pngFiles, ['file', ...listed.map((name) => name.replace('.jpg', '.png'))].join('\n')),
        },
      },
      'a list of JPEG with class ids': {
        inputs: 'pictures/images.csv',
        evaluation: 'metric: top1',
        files: pictures(
          jpegFiles,
          ['file,label', ...listed.map((name, i) => `${name},${classes[i]}`)].join('\n'),
        ),
        fp32: 1,
      },
      'a .parquet of JPEG': {
        inputs: 'pictures.parquet',
        evaluation,
        files: { ...labels, 'pictures.parquet': new Uint8Array(Buffer.from(golden.file, 'base64')) },
      },
      'a module': {
        inputs: './pictures.mjs',
        evaluation: 'metric: mse',
        files: { 'pictures.mjs': pictureModule, 'image.bin': bytesOf(image), 'scores.bin': bytesOf(scores) },
        modules: ['pictures.mjs'],
      },
      'a module that is the metric': {
        inputs: 'image.npy',
        evaluation: 'labels: labels.npy, metric: ./difference.mjs',
        files: { 'image.npy': npyOf(image), ...labels, 'difference.mjs': metricModule },
        modules: ['difference.mjs'],
      },
    },
  };
}

const pictureModule = `import { readFileSync } from 'node:fs';
const image = new Uint8Array(readFileSync(new URL('image.bin', import.meta.url)));
const scores = new Float32Array(new Uint8Array(readFileSync(new URL('scores.bin', import.meta.url))).buffer);
const size = ${3 * HEIGHT * WIDTH};
export default async function* ({ range: [from, to] }) {
  for (let i = from; i < to; i++)
    yield {
      inputs: { image: { type: 'uint8', dims: [1, 3, ${HEIGHT}, ${WIDTH}], data: image.slice(i * size, (i + 1) * size) } },
      label: { type: 'float32', dims: [1, ${CLASSES}], data: scores.slice(i * ${CLASSES}, (i + 1) * ${CLASSES}) },
    };
}
`;

const metricModule = `export default {
  name: 'difference',
  higherIsBetter: false,
  score({ scores }, label) {
    return scores.data.reduce((sum, y, i) => sum + (y - label.data[i]) ** 2, 0) / scores.data.length;
  },
};
`;

const [TOKENS, VOCABULARY, WIDTH_OF_TOKEN] = [6, 16, 12];

/** Token ids and a float tensor: a network of two inputs. The metric is the perplexity of the ids that it gives. */
export async function tokenKinds(): Promise<Samples> {
  const ids: Tensor = {
    type: 'int64',
    dims: [SAMPLES, TOKENS],
    data: BigInt64Array.from({ length: SAMPLES * TOKENS }, (_, i) => BigInt((i * 7 + (i >> 3)) % VOCABULARY)),
  };
  const position = random([SAMPLES, TOKENS, WIDTH_OF_TOKEN], 11);
  const proto = makeModel({
    nodes: [
      makeNode('Gather', ['embedding', 'ids'], ['embedded']),
      makeNode('Add', ['embedded', 'position'], ['placed']),
      makeNode('MatMul', ['placed', 'head'], ['logits']),
    ],
    inputs: [
      { name: 'ids', dims: ['N', TOKENS], type: 'int64' },
      { name: 'position', dims: ['N', TOKENS, WIDTH_OF_TOKEN] },
    ],
    outputs: [{ name: 'logits', dims: ['N', TOKENS, VOCABULARY] }],
    constants: {
      embedding: random([VOCABULARY, WIDTH_OF_TOKEN], 12),
      head: random([WIDTH_OF_TOKEN, VOCABULARY], 13),
    },
  });
  const labels = { 'labels.npy': npyOf(ids) };
  const evaluation = 'labels: labels.npy, metric: perplexity';
  return {
    model: serializeModel(proto),
    kinds: {
      'a file for each input': {
        inputs: '{ ids: ids.npy, position: position.npy }',
        evaluation,
        files: { 'ids.npy': npyOf(ids), 'position.npy': npyOf(position), ...labels },
      },
      'one .npz of all inputs': {
        inputs: 'data.npz',
        evaluation,
        files: {
          ...labels,
          'data.npz': zipOf(
            { name: 'ids.npy', content: npyOf(ids) },
            { name: 'position.npy', content: npyOf(position) },
          ),
        },
      },
      'test_data_set folders of .pb': {
        inputs: 'sets',
        evaluation,
        files: {
          ...labels,
          ...numbered(SAMPLES, (i) => [`sets/test_data_set_${i}/input_0.pb`, pbOf(sampleOf(ids, i))]),
          ...numbered(SAMPLES, (i) => [`sets/test_data_set_${i}/input_1.pb`, pbOf(sampleOf(position, i))]),
        },
      },
    },
  };
}

function numbered(count: number, entry: (i: number) => [string, Uint8Array]): Record<string, Uint8Array> {
  return Object.fromEntries(Array.from({ length: count }, (_, i) => entry(i)));
}

/** Channels one after the other, of pixels whose channels lie side by side. */
function planes(rgb: Uint8Array): Uint8Array {
  const size = rgb.length / 3;
  return Uint8Array.from({ length: rgb.length }, (_, i) => rgb[(i % size) * 3 + Math.floor(i / size)]);
}

async function outputOf(model: Uint8Array, feeds: Record<string, Tensor>, name: string): Promise<Tensor> {
  const session = await (await startRuntime('cpu')).open(model, { optimize: 'float' });
  const { [name]: output } = await session.run(feeds);
  await session.close();
  return output!;
}

function sampleOf({ type, dims, data }: Tensor, i: number): Tensor {
  const size = data.length / dims[0];
  return { type, dims: [1, ...dims.slice(1)], data: data.slice(i * size, (i + 1) * size) } as Tensor;
}

function rowOf({ dims, data }: Tensor, i: number): number[] {
  const size = data.length / dims[0];
  return Array.from(data.slice(i * size, (i + 1) * size), Number);
}

const greatest = (values: readonly number[]) => values.indexOf(Math.max(...values));
const pbOf = (tensor: Tensor) => toBinary(TensorProtoSchema, makeTensor('', tensor));
const bytesOf = ({ data }: Tensor) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
