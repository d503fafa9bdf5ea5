import { canOverflow } from '../emulate/accumulator.ts';
import { computeWithIntegers } from '../emulate/integer-layers.ts';
import { activationQuantizer } from '../emulate/quantizer.ts';
import type { NodeProto } from '../onnx/gen/onnx_pb.ts';
import { viewGraph } from '../onnx/graph.ts';
import { makeTensor } from '../onnx/tensors.ts';
import { biasValues, integerBias } from '../quantization/bias.ts';
import { type IntegerLayer, inRealValues, integerLayers } from '../quantization/integer-layers.ts';
import type { Parameters } from '../quantization/parameters.ts';
import type { Plan } from '../quantization/plan.ts';
import type { Unit } from '../quantization/units.ts';
import type { LoadedModel } from '../runtime/simplify.ts';
import { type Branch, type SwitchModel, switchable } from './either.ts';

/**
 * The model whose units are FP32 when switched off and quantized when switched on: with every unit on it is
 * `emulatedModel` in float arithmetic. A tensor that several units read is rounded for each of them that is on. Layers
 * whose accumulator can overflow compute with integers that wrap around, so that an overflow shows at the end; what
 * leaves them is real-valued, for its rounding belongs to the units that read it.
 */
export function switchModel(
  model: LoadedModel,
  plan: Plan,
  parameters: Parameters,
  units: readonly Unit[],
): SwitchModel {
  const wrapping = wrappingLayers(model, plan, parameters);
  return switchable(model, units, (unit, branch) => {
    quantizeReads(unit, branch, model, parameters);
    if (unit.layer === undefined) return;
    quantizeConstants(unit.layer, branch, model, parameters);
    const integers = wrapping.get(unit.layer.node);
    if (integers === undefined) return;
    const outputs = [...branch.graph.output];
    computeWithIntegers(
      branch.graph,
      new Map([[unit.layer.node, branch.node]]),
      model,
      [integers],
      parameters,
    );
    // The count of overflows is no output of the unit.
    branch.graph.output = outputs;
  });
}

/** The layers whose accumulator some input makes overflow, by their node. */
function wrappingLayers(
  model: LoadedModel,
  plan: Plan,
  parameters: Parameters,
): Map<NodeProto, IntegerLayer> {
  const { target, weightBits, activationBits } = parameters.scheme;
  const bits = target.arithmetic.accumulatorBits(weightBits + activationBits);
  return new Map(
    integerLayers(model, plan, parameters, viewGraph(model.model))
      .filter(({ worstAccumulator }) => canOverflow(worstAccumulator, bits))
      .map((each) => [each.layer.node, inRealValues(each, parameters)] as const),
  );
}

function quantizeReads(
  unit: Unit,
  { graph, node }: Branch,
  model: LoadedModel,
  parameters: Parameters,
): void {
  const { activations, activationGrid, scheme } = parameters;
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
  model: LoadedModel,
  parameters: Parameters,
): void {
  const put = (input: number, dims: readonly number[], data: Float32Array) => {
    node.input[input] = `${node.input[input]}/quantized`;
    graph.initializer.push(makeTensor(node.input[input], { type: 'float32', dims, data }));
  };
  const weights = parameters.weights.get(layer.name);
  if (weights !== undefined) put(layer.weight!.input, weights.dims, weights.data);
  const bias = integerBias(model, layer, parameters);
  if (bias !== undefined) put(bias.input, [bias.codes.length], biasValues(bias));
  const read = new Set(graph.node.flatMap((n) => n.input));
  graph.initializer = graph.initializer.filter((t) => read.has(t.name));
}
