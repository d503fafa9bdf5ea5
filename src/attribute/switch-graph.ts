import { canOverflow } from '../emulate/accumulator.ts';
import { computeWithIntegers } from '../emulate/integer-layers.ts';
import { activationQuantizer } from '../emulate/quantizer.ts';
import type { NodeProto } from '../onnx/gen/onnx_pb.ts';
import { makeTensor } from '../onnx/tensors.ts';
import { biasValues, integerBias } from '../quantization/bias.ts';
import { type IntegerLayer, inRealValues } from '../quantization/integer-layers.ts';
import type { Quantized } from '../quantization/quantized.ts';
import { accumulatorBits } from '../quantization/scheme.ts';
import type { Unit } from '../quantization/units.ts';
import { type Branch, type SwitchModel, switchable } from './either.ts';

/**
 * The model whose units are FP32 when switched off and quantized when switched on: with every unit on it is
 * `emulatedModel` in float arithmetic. A tensor that several units read is rounded for each of them that is on. Layers
 * whose accumulator can overflow compute with integers that wrap around, so that an overflow shows at the end; what
 * leaves them is real-valued, for its rounding belongs to the units that read it.
 */
export function switchModel(quantized: Quantized): SwitchModel {
  const wrapping = wrappingLayers(quantized);
  return switchable(quantized, (unit, branch) => {
    quantizeReads(unit, branch, quantized);
    if (unit.layer === undefined) return;
    quantizeConstants(unit.layer, branch, quantized);
    const integers = wrapping.get(unit.layer.node);
    if (integers === undefined) return;
    const outputs = [...branch.graph.output];
    computeWithIntegers(branch.graph, new Map([[unit.layer.node, branch.node]]), [integers], quantized);
    // The count of overflows is no output of the unit.
    branch.graph.output = outputs;
  });
}

/** The layers whose accumulator some input makes overflow, by their node. */
function wrappingLayers({ scheme, parameters, integerLayers }: Quantized): Map<NodeProto, IntegerLayer> {
  const bits = accumulatorBits(scheme);
  return new Map(
    integerLayers
      .filter(({ worstAccumulator }) => canOverflow(worstAccumulator, bits))
      .map((each) => [each.layer.node, inRealValues(each, parameters)] as const),
  );
}

function quantizeReads(unit: Unit, { graph, node }: Branch, { model, scheme, parameters }: Quantized): void {
  const { activations, activationGrid } = parameters;
  const quantized = new Set<string>();
  for (const { input, tensor } of unit.reads) {
    const from = node.input[input];
    const to = `${from}/quantized`;
    node.input[input] = to;
    if (quantized.has(to)) continue;
    quantized.add(to);
    const { rounding } = scheme.target;
    const piece = activationQuantizer(
      from,
      to,
      activations.get(tensor)!,
      activationGrid,
      rounding,
      model.opset,
    );
    graph.node.splice(-1, 0, ...piece.nodes);
    graph.initializer.push(...piece.constants);
  }
}

function quantizeConstants(
  layer: NonNullable<Unit['layer']>,
  { graph, node }: Branch,
  quantized: Quantized,
): void {
  const put = (input: number, dims: readonly number[], data: Float32Array) => {
    node.input[input] = `${node.input[input]}/quantized`;
    graph.initializer.push(makeTensor(node.input[input], { type: 'float32', dims, data }));
  };
  const weights = quantized.parameters.weights.get(layer.name);
  if (weights !== undefined) put(layer.weight!.input, weights.dims, weights.data);
  const bias = integerBias(layer, quantized);
  if (bias !== undefined) put(bias.input, [bias.codes.length], biasValues(bias));
  const read = new Set(graph.node.flatMap((n) => n.input));
  graph.initializer = graph.initializer.filter((t) => read.has(t.name));
}
