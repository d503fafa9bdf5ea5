import { create } from '@bufbuild/protobuf';
import { type ModelProto, OperatorSetIdProtoSchema } from '../onnx/gen/onnx_pb.ts';
import { editableCopy, viewGraph } from '../onnx/graph.ts';
import { makeTensor } from '../onnx/tensors.ts';
import type { LoadedModel } from '../runtime/simplify.ts';
import { biasValues, integerBias } from './bias.ts';
import { insertBehind } from './insert.ts';
import { computeWithIntegers } from './integer-layers.ts';
import type { Parameters } from './parameters.ts';
import type { Plan } from './plan.ts';
import { activationQuantizer, CONTRIB } from './quantizer.ts';
import { rescaledLayers } from './rescale.ts';

/**
 * The model with every value that the target stores as an integer rounded to its grid, computed in float32:
 * weights and biases as new constants, activations by quantize-dequantize nodes in the graph. Where the target's
 * arithmetic between two grids is known, layers compute with the integers themselves.
 */
export function emulatedModel(model: LoadedModel, plan: Plan, parameters: Parameters): ModelProto {
  const copy = editableCopy(model.model);
  importContrib(copy);
  const view = viewGraph(model.model);
  const nodes = new Map(view.graph.node.map((node, index) => [node, copy.graph.node[index]]));
  for (const layer of plan.layers) {
    const node = nodes.get(layer.node)!;
    const constant = (name: string, input: number, dims: readonly number[], data: Float32Array) => {
      node.input[input] = `${name}/${layer.name}/quantized`;
      copy.graph.initializer.push(makeTensor(node.input[input], { type: 'float32', dims, data }));
    };
    const weights = parameters.weights.get(layer.name);
    if (weights !== undefined) constant(layer.weight!.name, layer.weight!.input, weights.dims, weights.data);
    const bias = integerBias(model, layer, parameters);
    if (bias !== undefined) constant(bias.name, bias.input, [bias.codes.length], biasValues(bias));
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
  if (target.rescale === 'float32-multiplier') {
    computeWithIntegers(copy.graph, nodes, model, rescaledLayers(model, plan, parameters, view), parameters);
  }
  dropUnread(copy.graph);
  return copy;
}

export function importContrib(model: ModelProto): void {
  if (model.opsetImport.some((o) => o.domain === CONTRIB)) return;
  model.opsetImport.push(create(OperatorSetIdProtoSchema, { domain: CONTRIB, version: 1n }));
}

/** Weights that only the replaced inputs read would travel with every session for nothing. */
export function dropUnread(graph: NonNullable<ModelProto['graph']>): void {
  const view = viewGraph({ graph } as ModelProto);
  graph.initializer = graph.initializer.filter(
    (t) => view.uses.has(t.name) || view.captured.has(t.name) || view.outputs.has(t.name),
  );
}
