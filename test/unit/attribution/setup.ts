import { collectHistograms } from '../../../src/calibration/histograms.ts';
import type { LayerPrecisions } from '../../../src/config/target-id.ts';
import type { Batch } from '../../../src/data/batch.ts';
import type { Range } from '../../../src/numerics/grid.ts';
import { makeNode } from '../../../src/onnx/graph.ts';
import { planModel } from '../../../src/quantization/planned.ts';
import { quantize } from '../../../src/quantization/quantized.ts';
import type { Scheme } from '../../../src/quantization/scheme.ts';
import type { LoadedModel } from '../../../src/runtime/load-model.ts';
import type { Runtime } from '../../../src/runtime/runtime.ts';
import { targets } from '../../../src/targets/index.ts';
import { floats, type makeModel, noise } from '../../support/models.ts';

/** `samples` random samples of input x as one batch. */
export function batchOf(samples: number, dims: readonly number[], seed = 1): Batch {
  const data = noise(samples * dims.reduce((a, b) => a * b, 1), seed);
  return {
    indices: Array.from({ length: samples }, (_, i) => i),
    labels: new Array(samples).fill(undefined),
    size: samples,
    inputs: { x: floats([samples, ...dims], data) },
  };
}

/** A loaded model quantized with min/max ranges over `batch`. */
export async function quantized(
  model: LoadedModel,
  runtime: Runtime,
  batch: Batch,
  changes: Partial<Scheme> = {},
  pins: Readonly<Record<string, Range>> = {},
  layers: LayerPrecisions = new Map(),
) {
  const { target = targets.tensorrt } = changes;
  const scheme: Scheme = {
    target,
    granularity: 'per-channel',
    weightBits: 8,
    activationBits: 8,
    range: 'min-max',
    ...changes,
  };
  const planned = planModel(model, scheme, layers);
  const names = [...planned.plan.activations.keys()];
  const once = async function* () {
    yield batch;
  };
  const histograms = await collectHistograms(model, { tensors: names, elements: new Map() }, once(), runtime);
  return quantize(planned, histograms, new Map(Object.entries(pins)));
}

export const WIDTH = 48;
export const LAYERS = 6;

/** Weights of one layer of `stack`, [WIDTH, WIDTH] with outputs in columns: signals keep their size through it. */
export function stackWeights(layer: number): Float32Array {
  return noise(WIDTH * WIDTH, 100 + layer).map((w) => w * Math.sqrt(6 / WIDTH));
}

/** Six matrix products named layer1 to layer6 with a Relu behind each but the last, [N, WIDTH] to [N, WIDTH]. */
export function stack(
  weights: (layer: number) => Float32Array = stackWeights,
): Parameters<typeof makeModel>[0] {
  const layers = Array.from({ length: LAYERS }, (_, i) => i + 1);
  return {
    nodes: layers.flatMap((layer) => {
      const product = makeNode('Gemm', [layer === 1 ? 'x' : `r${layer - 1}`, `w${layer}`], [`h${layer}`]);
      product.name = `layer${layer}`;
      return [product, makeNode(layer === LAYERS ? 'Identity' : 'Relu', [`h${layer}`], [`r${layer}`])];
    }),
    inputs: [{ name: 'x', dims: ['N', WIDTH] }],
    outputs: [{ name: `r${LAYERS}`, dims: ['N', WIDTH] }],
    constants: Object.fromEntries(
      layers.map((layer) => [`w${layer}`, floats([WIDTH, WIDTH], weights(layer))]),
    ),
  };
}
