import type { ModelProto } from '../../../../src/onnx/gen/onnx_pb.ts';
import { makeTensor, readTensor } from '../../../../src/onnx/tensors.ts';
import { floats, noise } from '../../../support/models.ts';
import { npyOf } from '../../../support/npy.ts';
import { chain, judged, products } from '../../../support/staged.ts';

/** Channel 7 of every sample is 0: what a weight multiplies it by means nothing, and takes its range all the same. */
const [SAMPLES, CALIBRATING, SILENT] = [240, 40, 7];
const OUTLIER = 500;

const files = {
  'x.npy': npyOf(
    floats(
      [SAMPLES, 8],
      noise(SAMPLES * 8, 42).map((v, i) => (i % 8 === SILENT ? 0 : v)),
    ),
  ),
};

/** A model with an outlier in chosen weights that costs FP32 nothing, and its layer everything at one scale of 8 bits. */
export function withOutliers(model: ModelProto, names: readonly string[]): ModelProto {
  const graph = model.graph!;
  graph.initializer = graph.initializer.map((tensor) => {
    const { type, dims, data } = readTensor(tensor, 'test');
    const values = Float32Array.from(data as Float32Array);
    const columns = dims[1];
    // Nothing comes into the silent channel, and its own weight is the outlier.
    for (let row = 0; row < dims[0]; row++) if (columns === 8) values[row * columns + SILENT] = 0;
    if (names.includes(tensor.name)) values[SILENT * columns + columns - 1] = OUTLIER;
    return makeTensor(tensor.name, { type, dims, data: values } as Parameters<typeof makeTensor>[1]);
  });
  return model;
}

/** A judged target of five products in a row, some of them to blame. */
export const judgedChain = (blamed: readonly number[], changes: object = {}) =>
  judged(
    { ...settings, ...changes },
    withOutliers(
      chain(5),
      blamed.map((i) => `w${i}`),
    ),
    files,
  );

/** A judged target of two products with a Relu between, the first of them to blame. */
export const judgedProducts = (changes: object = {}) =>
  judged({ ...settings, ...changes }, withOutliers(products(), ['w']), files);

export const settings = {
  calibration: { inputs: 'x.npy', range: [0, CALIBRATING] },
  evaluation: { inputs: 'x.npy', range: [CALIBRATING, SAMPLES], metric: 'agreement' },
  budget: { 'max-drop': '15pp' },
};
