import { weightCodes } from '../numerics/channels.ts';
import type { Tensor } from '../numerics/tensor.ts';
import type { GraphProto, NodeProto } from '../onnx/gen/onnx_pb.ts';
import { makeNode } from '../onnx/graph.ts';
import { makeTensor, readTensor } from '../onnx/tensors.ts';
import type { LoadedModel } from '../runtime/simplify.ts';
import type { Parameters } from './parameters.ts';
import { CONTRIB } from './quantizer.ts';
import type { RescaledLayer } from './rescale.ts';

const ONE = 'quantgate/one';

/**
 * Rewires layers of an emulated graph to compute with integers held in float32: inputs and weights are q − z, the
 * accumulator is multiplied once, and the quantizer behind it only rounds and saturates. A Relu or Clip that
 * saturation replaces is dropped.
 *
 * @param copies the nodes of `graph` by the nodes that the plan names
 */
export function computeWithIntegers(
  graph: GraphProto,
  copies: ReadonlyMap<NodeProto, NodeProto>,
  model: LoadedModel,
  layers: readonly RescaledLayer[],
  parameters: Parameters,
): void {
  const producers = new Map(graph.node.flatMap((node) => node.output.map((name) => [name, node] as const)));
  const behind = new Map<NodeProto, NodeProto[]>();
  const dropped = new Set<NodeProto>();
  const addBehind = (anchor: NodeProto, node: NodeProto) =>
    behind.set(anchor, [...(behind.get(anchor) ?? []), node]);
  if (layers.length > 0)
    graph.initializer.push(makeTensor(ONE, { type: 'float32', dims: [], data: Float32Array.of(1) }));

  const integersOf = (quantized: string): string => {
    const name = `${quantized}/integers`;
    if (!producers.has(name)) {
      const dequantizer = producers.get(quantized)!;
      const [codes, , zero] = dequantizer.input;
      const node = makeNode('DequantizeLinear', [codes, ONE, zero], [name], {}, CONTRIB);
      producers.set(name, node);
      addBehind(dequantizer, node);
    }
    return name;
  };

  for (const { layer, bias, produces, fused, multiplier } of layers) {
    const node = copies.get(layer.node)!;
    const constant = (input: number, values: Tensor) => {
      node.input[input] = `${node.input[input]}/integers`;
      graph.initializer.push(makeTensor(node.input[input], values));
    };
    for (const input of [0, 1])
      if (input !== layer.weight?.input) node.input[input] = integersOf(node.input[input]);
    if (layer.weight !== undefined)
      constant(layer.weight.input, integerWeights(model, layer.weight.name, layer.name, parameters));
    if (bias !== undefined) {
      constant(bias.input, {
        type: 'float32',
        dims: [bias.codes.length],
        data: Float32Array.from(bias.codes),
      });
    }
    const quantizer = quantizerOf(produces, producers);
    const [accumulator, factor, rescaled] = ['accumulator', 'multiplier', 'rescaled'].map(
      (part) => `${layer.output}/${part}`,
    );
    node.output[0] = accumulator;
    graph.initializer.push(
      makeTensor(factor, { type: 'float32', dims: factorShape(layer, multiplier, model), data: multiplier }),
    );
    addBehind(node, makeNode('Mul', [accumulator, factor], [rescaled]));
    quantizer.input[0] = rescaled;
    quantizer.input[1] = ONE;
    if (fused !== undefined) dropped.add(copies.get(fused)!);
  }
  graph.node = graph.node.filter((n) => !dropped.has(n)).flatMap((n) => [n, ...(behind.get(n) ?? [])]);
}

/** The QuantizeLinear of an activation: its dequantized form has the activation's own name or one with a suffix. */
function quantizerOf(activation: string, producers: ReadonlyMap<string, NodeProto>): NodeProto {
  return (producers.get(`${activation}/quantized/q`) ?? producers.get(`${activation}/q`))!;
}

function integerWeights(model: LoadedModel, name: string, layer: string, parameters: Parameters): Tensor {
  const { params, grid, axis, dims } = parameters.weights.get(layer)!;
  const values = readTensor(model.model.graph!.initializer.find((t) => t.name === name)!, model.where)
    .data as Float32Array;
  const codes = weightCodes(values, dims, axis, params, grid, parameters.scheme.target.rounding);
  const zero = params[0].zeroPoint;
  return { type: 'float32', dims, data: Float32Array.from(codes, (q) => q - zero) };
}

/** Channels are the second dimension of a convolution's output, the last one of a matrix product's. */
function factorShape(
  { op, output }: RescaledLayer['layer'],
  multiplier: Float32Array,
  model: LoadedModel,
): number[] {
  if (multiplier.length === 1) return [];
  if (op !== 'Conv') return [multiplier.length];
  const rank = model.tensors.get(output)!.dims.length;
  return [multiplier.length, ...new Array<number>(rank - 2).fill(1)];
}
