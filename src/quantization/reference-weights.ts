import type { Tensor } from '../numerics/tensor.ts';
import type { TensorProto } from '../onnx/gen/onnx_pb.ts';
import { shallow } from '../onnx/graph.ts';
import { dataTypeOf, readTensor } from '../onnx/tensors.ts';
import type { LoadedModel } from '../runtime/load-model.ts';
import { type Layer, nodeNames } from './layer.ts';
import type { WeightParameters } from './parameters.ts';
import type { Quantized } from './quantized.ts';

/** Scales are float32; a step is one scale and this part of it. */
const ROOM = 1e-3;

/**
 * A file that is quantized already, whose layers have the FP32 weights that their integers were made of, for what those
 * integers lost to be measured. A weight is taken from the layer of the same name of the FP32 model, where the file's is
 * that one clipped to its grid and rounded, up or down: what was trained, equalized or folded since is no rounding.
 *
 * @param fp32 the FP32 model of the file; the file itself where there is none
 * @returns the same plan and parameters; only the weights of its model differ
 */
export function withReferenceWeights(quantized: Quantized, fp32: LoadedModel): Quantized {
  const { model, plan, parameters } = quantized;
  if (model.file === undefined || fp32 === model) return quantized;
  const twins = new Map([...nodeNames(fp32.view.graph)].map(([node, name]) => [name, node]));
  const taken = new Map<string, TensorProto>();
  for (const layer of plan.layers) {
    const chosen = parameters.weights.get(layer.name);
    const twin = twins.get(layer.name);
    if (layer.weight === undefined || chosen === undefined || twin?.opType !== layer.op) continue;
    const original = fp32.view.initializers.get(twin.input[layer.weight.input]);
    if (original?.dataType !== dataTypeOf('float32') || !isOnlyReadBy(layer, model)) continue;
    if (!isRoundingOf(chosen, readTensor(original, fp32.where))) continue;
    taken.set(layer.weight.name, shallow(original, { name: layer.weight.name }));
  }
  return taken.size === 0 ? quantized : { ...quantized, model: withInitializers(model, taken) };
}

function isOnlyReadBy({ node, weight }: Layer, { view }: LoadedModel): boolean {
  return (view.uses.get(weight!.name) ?? []).every((use) => use.node === node);
}

function isRoundingOf({ params, axis, data, dims }: WeightParameters, original: Tensor): boolean {
  const values = original.data as Float32Array;
  if (original.dims.length !== dims.length || dims.some((d, i) => d !== original.dims[i])) return false;
  const inner = dims.slice((axis ?? -1) + 1).reduce((product, d) => product * d, 1);
  return values.every((value, i) => {
    const { alpha, beta, scale } = params[axis === null ? 0 : Math.floor(i / inner) % params.length];
    const clipped = Math.min(Math.max(value, alpha), beta);
    return Math.abs(clipped - data[i]) <= scale * (1 + ROOM);
  });
}

function withInitializers(model: LoadedModel, taken: ReadonlyMap<string, TensorProto>): LoadedModel {
  const initializer = model.view.graph.initializer.map((tensor) => taken.get(tensor.name) ?? tensor);
  const graph = shallow(model.view.graph, { initializer });
  const initializers = new Map([...model.view.initializers, ...taken]);
  return { ...model, model: shallow(model.model, { graph }), view: { ...model.view, graph, initializers } };
}
