import { create } from '@bufbuild/protobuf';
import { type ModelProto, OperatorSetIdProtoSchema } from '../onnx/gen/onnx_pb.ts';
import { editableCopy, viewGraph } from '../onnx/graph.ts';
import { makeTensor } from '../onnx/tensors.ts';
import { biasValues, integerBias } from '../quantization/bias.ts';
import type { Quantized } from '../quantization/quantized.ts';
import { insertBehind } from './insert.ts';
import { computeWithIntegers } from './integer-layers.ts';
import { activationQuantizer, CONTRIB } from './quantizer.ts';

export interface Emulation {
  /** With the outputs of the original first, then a count of overflows for each layer that can overflow. */
  readonly model: ModelProto;
  /** The outputs that count overflows, by the name of their layer. */
  readonly overflows: ReadonlyMap<string, string>;
}

/**
 * The model with every value that the target stores as an integer rounded to its grid, computed in float32:
 * weights and biases as new constants, activations by quantize-dequantize nodes in the graph.
 *
 * @param arithmetic `integer`: layers compute with the integers themselves and rescale them as the target does;
 *   `float`: with the real values that the integers stand for, so that nothing but the grids changes the model
 */
export function emulatedModel(quantized: Quantized, arithmetic: 'integer' | 'float'): Emulation {
  const { model, scheme, plan, parameters, integerLayers } = quantized;
  const { view } = model;
  const copy = editableCopy(model.model);
  importContrib(copy);
  const nodes = new Map(view.graph.node.map((node, index) => [node, copy.graph.node[index]]));
  for (const layer of plan.layers) {
    const node = nodes.get(layer.node)!;
    const constant = (name: string, input: number, dims: readonly number[], data: Float32Array) => {
      node.input[input] = `${name}/${layer.name}/quantized`;
      copy.graph.initializer.push(makeTensor(node.input[input], { type: 'float32', dims, data }));
    };
    const weights = parameters.weights.get(layer.name);
    if (weights !== undefined) constant(layer.weight!.name, layer.weight!.input, weights.dims, weights.data);
    const bias = integerBias(layer, quantized);
    if (bias !== undefined) constant(bias.name, bias.input, [bias.codes.length], biasValues(bias));
  }
  const { target } = scheme;
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
  const layers = arithmetic === 'integer' ? integerLayers : [];
  const overflows = computeWithIntegers(copy.graph, nodes, layers, quantized);
  dropUnread(copy.graph);
  return { model: copy, overflows };
}

/** Lets a model use ONNX Runtime's own operators. */
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
