import { create } from '@bufbuild/protobuf';
import { round } from '../numerics/rounding.ts';
import { type ModelProto, OperatorSetIdProtoSchema } from '../onnx/gen/onnx_pb.ts';
import { attributeOf, editableCopy, viewGraph } from '../onnx/graph.ts';
import { makeTensor, readTensor } from '../onnx/tensors.ts';
import type { LoadedModel } from '../runtime/simplify.ts';
import { insertBehind } from './insert.ts';
import type { Parameters, WeightParameters } from './parameters.ts';
import type { Layer, Plan } from './plan.ts';
import { activationQuantizer, CONTRIB } from './quantizer.ts';

const INT32_MAX = 2 ** 31 - 1;

/**
 * The model with every value that the target stores as an integer rounded to its grid, computed in float32:
 * weights and biases as new constants, activations by quantize-dequantize nodes in the graph.
 */
export function emulatedModel(model: LoadedModel, plan: Plan, parameters: Parameters): ModelProto {
  const copy = editableCopy(model.model);
  importContrib(copy);
  const view = viewGraph(model.model);
  const nodes = new Map(view.graph.node.map((node, index) => [node, copy.graph.node[index]]));
  for (const layer of plan.layers) {
    const node = nodes.get(layer.node)!;
    const weights = parameters.weights.get(layer.name);
    if (weights !== undefined) {
      const name = `${layer.weight!.name}/${layer.name}/quantized`;
      copy.graph.initializer.push(
        makeTensor(name, { type: 'float32', dims: weights.dims, data: weights.data }),
      );
      node.input[layer.weight!.input] = name;
      const bias = quantizedBias(model, layer, weights, parameters);
      if (bias !== undefined) {
        const biasName = `${layer.bias!.name}/${layer.name}/quantized`;
        copy.graph.initializer.push(
          makeTensor(biasName, { type: 'float32', dims: [bias.length], data: bias }),
        );
        node.input[layer.bias!.input] = biasName;
      }
    }
  }
  const { target } = parameters.scheme;
  insertBehind(
    copy.graph,
    view,
    plan.activations,
    target.placement.kind === 'every-activation',
    (name, from, to) =>
      activationQuantizer(
        from,
        to,
        parameters.activations.get(name)!,
        parameters.activationGrid,
        target.rounding,
        model.opset,
      ),
  );
  dropUnread(copy.graph);
  return copy;
}

export function importContrib(model: ModelProto): void {
  if (model.opsetImport.some((o) => o.domain === CONTRIB)) return;
  model.opsetImport.push(create(OperatorSetIdProtoSchema, { domain: CONTRIB, version: 1n }));
}

/**
 * Scale of each bias value where the target stores biases as int32: input scale × weight scale of its channel,
 * so that it adds to the accumulator without rescaling. Undefined where the bias stays in floating point.
 */
export function biasScales(
  layer: Layer,
  weights: WeightParameters,
  parameters: Parameters,
): Float32Array | undefined {
  if (parameters.scheme.target.bias !== 'int32' || layer.bias === undefined) return undefined;
  const input = parameters.activations.get(layer.activations[0]);
  const scaledProduct = ['alpha', 'beta'].some((name) => (attributeOf(layer.node, name)?.f ?? 1) !== 1);
  if (input === undefined || scaledProduct) return undefined;
  return Float32Array.from(weights.params, (p) => input.scale * p.scale);
}

function quantizedBias(
  model: LoadedModel,
  layer: Layer,
  weights: WeightParameters,
  parameters: Parameters,
): Float32Array | undefined {
  const scales = biasScales(layer, weights, parameters);
  if (scales === undefined) return undefined;
  const bias = readTensor(
    model.model.graph!.initializer.find((t) => t.name === layer.bias!.name)!,
    model.where,
  );
  if (bias.dims.length !== 1 || (scales.length > 1 && scales.length !== bias.data.length)) return undefined;
  return Float32Array.from(bias.data as Float32Array, (b, channel) => {
    const scale = scales[scales.length === 1 ? 0 : channel];
    const q = round(b / scale, 'half-to-even');
    return Math.min(Math.max(q, -INT32_MAX - 1), INT32_MAX) * scale;
  });
}

/** Weights that only the replaced inputs read would travel with every session for nothing. */
export function dropUnread(graph: NonNullable<ModelProto['graph']>): void {
  const view = viewGraph({ graph } as ModelProto);
  graph.initializer = graph.initializer.filter(
    (t) => view.uses.has(t.name) || view.captured.has(t.name) || view.outputs.has(t.name),
  );
}
