import { weightCodes } from '../numerics/channels.ts';
import { arrayOf } from '../numerics/tensor.ts';
import type { GraphProto, ModelProto, NodeProto } from '../onnx/gen/onnx_pb.ts';
import { type AttributeValue, editableCopy, makeNode, viewGraph } from '../onnx/graph.ts';
import { makeTensor, readTensor } from '../onnx/tensors.ts';
import type { LoadedModel } from '../runtime/simplify.ts';
import { type IntegerBias, integerBias } from './bias.ts';
import { dropUnread, importContrib } from './emulate.ts';
import { insertBehind } from './insert.ts';
import type { Parameters, WeightParameters } from './parameters.ts';
import type { Layer, Plan } from './plan.ts';
import { activationQuantizer, CONTRIB, storageOf } from './quantizer.ts';

/** QLinearConv, into which ONNX Runtime fuses the groups, appeared in this opset. */
export const INTEGER_KERNELS_OPSET = 10;

/**
 * The model with integer weights and int32 biases behind DequantizeLinear, and Q/DQ around its operators: what
 * ONNX Runtime fuses into its int8 kernels. Same parameters and places as the emulation.
 */
export function integerModel(model: LoadedModel, plan: Plan, parameters: Parameters): ModelProto {
  const copy = editableCopy(model.model);
  importContrib(copy);
  const view = viewGraph(model.model);
  const nodes = new Map(view.graph.node.map((node, index) => [node, copy.graph.node[index]]));
  const added: NodeProto[] = [];
  for (const layer of plan.layers) {
    const weights = parameters.weights.get(layer.name);
    if (weights === undefined) continue;
    const node = nodes.get(layer.node)!;
    const values = readTensor(view.initializers.get(layer.weight!.name)!, model.where).data as Float32Array;
    node.input[layer.weight!.input] = integerWeights(copy.graph, added, layer, weights, parameters, values);
    const bias = integerBias(model, layer, parameters);
    if (bias !== undefined) node.input[bias.input] = integerBiasNode(copy.graph, added, layer, bias);
  }
  const { target } = parameters.scheme;
  insertBehind(copy.graph, view, plan.activations, true, (name, from, to) =>
    activationQuantizer(
      from,
      to,
      parameters.activations.get(name)!,
      parameters.activationGrid,
      target.rounding,
      model.opset,
    ),
  );
  copy.graph.node.unshift(...added);
  dropUnread(copy.graph);
  return copy;
}

function integerWeights(
  graph: GraphProto,
  added: NodeProto[],
  layer: Layer,
  weights: WeightParameters,
  parameters: Parameters,
  values: Float32Array,
): string {
  const name = `${layer.weight!.name}/${layer.name}`;
  const { dims, axis, params, grid } = weights;
  const codes = weightCodes(values, dims, axis, params, grid, parameters.scheme.target.rounding);
  const { type } = storageOf(grid);
  const shape = axis === null ? [] : [params.length];
  graph.initializer.push(
    makeTensor(`${name}/codes`, { type, dims, data: arrayOf(type).from(codes) }),
    makeTensor(`${name}/scale`, {
      type: 'float32',
      dims: shape,
      data: Float32Array.from(params, (p) => p.scale),
    }),
    makeTensor(`${name}/zero`, {
      type,
      dims: shape,
      data: arrayOf(type).from(params.map((p) => p.zeroPoint)),
    }),
  );
  return dequantize(added, name, axis);
}

function integerBiasNode(graph: GraphProto, added: NodeProto[], layer: Layer, bias: IntegerBias): string {
  const name = `${bias.name}/${layer.name}`;
  const { codes, scales } = bias;
  const perChannel = scales.length > 1;
  const shape = perChannel ? [scales.length] : [];
  graph.initializer.push(
    makeTensor(`${name}/codes`, { type: 'int32', dims: [codes.length], data: codes }),
    makeTensor(`${name}/scale`, { type: 'float32', dims: shape, data: scales }),
    makeTensor(`${name}/zero`, { type: 'int32', dims: shape, data: new Int32Array(scales.length) }),
  );
  return dequantize(added, name, perChannel ? 0 : null);
}

function dequantize(added: NodeProto[], name: string, axis: number | null): string {
  const attributes: Record<string, AttributeValue> = axis === null ? {} : { axis };
  added.push(
    makeNode(
      'DequantizeLinear',
      [`${name}/codes`, `${name}/scale`, `${name}/zero`],
      [`${name}/dequantized`],
      attributes,
      CONTRIB,
    ),
  );
  return `${name}/dequantized`;
}
