import { canOverflow } from '../../emulation/accumulator-graph.ts';
import type { InsertedQuantizer } from '../../emulation/insert.ts';
import { computeWithIntegers } from '../../emulation/integer-graph.ts';
import { beforeRounding, type KernelOperator, kernelOperators } from '../../emulation/kernel-operators.ts';
import { activationQuantizer, quantizerOf } from '../../emulation/quantizer.ts';
import { addConstant, freshTensor, partOf, putNode } from '../../onnx/draft.ts';
import type { NodeProto } from '../../onnx/gen/onnx_pb.ts';
import { makeNode } from '../../onnx/graph.ts';
import { asTensor } from '../../onnx/kept-weights.ts';
import { chipBias } from '../../quantization/bias.ts';
import { type IntegerLayer, inRealValues } from '../../quantization/integer-layers.ts';
import type { Quantized } from '../../quantization/quantized.ts';
import type { Unit } from '../../quantization/units.ts';
import { allOutputs } from './measured-tensors.ts';
import { type Branch, type SwitchModel, switchable } from './switchable.ts';

/**
 * The model whose units are FP32 when switched off and quantized when switched on: with every unit on it is
 * `emulatedModel` in float arithmetic. A tensor that several units read is rounded for each of them that is on. Layers
 * whose accumulator can overflow compute with integers that wrap around, so that an overflow shows at the end, and
 * operators with kernels of their own err as these do; what leaves them is real-valued, for its rounding belongs to
 * the units that read it.
 *
 * @param outputs names of the outputs that the metric reads; all of the model if left out
 */
export function switchModel(
  quantized: Quantized,
  outputs: readonly string[] = allOutputs(quantized.model),
): SwitchModel {
  const wrapping = wrappingLayers(quantized);
  const kernels = kernelOperators(quantized);
  const rewrite: Parameters<typeof switchable>[1] = (unit, branch) => {
    const inserted = quantizeReads(unit, branch, quantized);
    const kernel = unit.node && kernels.get(unit.node);
    if (kernel !== undefined) errAsKernel(branch, kernel);
    if (unit.layer === undefined) return;
    quantizeConstants(unit.layer, branch, quantized);
    const integers = wrapping.get(unit.layer.node);
    if (integers === undefined) return;
    // The count of overflows is no output of the unit.
    computeWithIntegers(
      { ...branch, copyOf: () => branch.node, inserted },
      { layers: [integers], sums: [], joins: [], reciprocals: [] },
      quantized,
    );
  };
  return switchable(quantized, rewrite, outputs);
}

/** The layers whose accumulator some input makes overflow, by their node. */
function wrappingLayers(quantized: Quantized): Map<NodeProto, IntegerLayer> {
  return new Map(
    quantized.integerLayers
      .filter(({ worstAccumulator, accumulatorBits }) => canOverflow(worstAccumulator, accumulatorBits))
      .map((each) => [each.layer.node, inRealValues(each, quantized)] as const),
  );
}

function errAsKernel({ graph, node, draft }: Branch, kernel: KernelOperator): void {
  const real = freshTensor(draft, `${node.output[0]}/real`);
  const part = partOf(draft);
  const result = beforeRounding(part, node.input[0], real, kernel, `${real}/by-kernel`);
  putNode(part, makeNode('Identity', [result], [node.output[0]]));
  node.output[0] = real;
  graph.node.push(...part.nodes);
}

function quantizeReads(
  { reads }: Unit,
  { graph, node, draft }: Branch,
  quantized: Quantized,
): Map<string, InsertedQuantizer> {
  const inserted = new Map<string, InsertedQuantizer>();
  for (const { input, tensor } of reads) {
    const known = inserted.get(tensor)?.quantized;
    if (known !== undefined) {
      node.input[input] = known;
      continue;
    }
    const real = node.input[input];
    const to = freshTensor(draft, `${real}/quantized`);
    const part = partOf(draft);
    const integers = activationQuantizer(part, { from: real, to }, quantizerOf(quantized, tensor));
    inserted.set(tensor, { real, quantized: to, ...integers });
    node.input[input] = to;
    graph.node.splice(-1, 0, ...part.nodes);
  }
  return inserted;
}

function quantizeConstants(
  layer: NonNullable<Unit['layer']>,
  { graph, node, draft }: Branch,
  quantized: Quantized,
): void {
  const put = (input: number, values: Parameters<typeof asTensor>[0]) => {
    node.input[input] = addConstant(draft, `${node.input[input]}/quantized`, asTensor(values));
  };
  const weights = quantized.parameters.weights.get(layer.name);
  if (weights !== undefined) put(layer.weight!.input, weights);
  const bias = chipBias(layer, quantized);
  if (bias !== undefined) put(bias.input, bias);
  const read = new Set(graph.node.flatMap((n) => n.input));
  graph.initializer = graph.initializer.filter((t) => read.has(t.name));
}
