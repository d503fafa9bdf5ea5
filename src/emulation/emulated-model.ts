import { create } from '@bufbuild/protobuf';
import { importContrib } from '../onnx/contrib.ts';
import { addConstant, draftFor } from '../onnx/draft.ts';
import { type ModelProto, type NodeProto, ValueInfoProtoSchema } from '../onnx/gen/onnx_pb.ts';
import { editableCopy } from '../onnx/graph.ts';
import { dropUnread } from '../onnx/prune.ts';
import { chipBias } from '../quantization/bias.ts';
import { integerJoins } from '../quantization/integer-joins.ts';
import type { Quantized } from '../quantization/quantized.ts';
import { htpGenerationOf } from '../targets/htp-generation.ts';
import { computeInFp16, type Fp16Watch } from './fp16-graph.ts';
import { limitedReciprocals } from './htp-operators.ts';
import { type InsertedQuantizer, insertBehind } from './insert.ts';
import { computeWithIntegers } from './integer-graph.ts';
import { computeByKernels, kernelOperators } from './kernel-operators.ts';
import { activationQuantizer, quantizerOf, tiesUpQuantizer } from './quantizer.ts';

export interface Emulation {
  /** With the outputs of the original first, then those that count and watch. */
  readonly model: ModelProto;
  /** The outputs that count overflows, by the name of their layer. */
  readonly overflows: ReadonlyMap<string, string>;
  /** Undefined where nothing is computed in FP16. */
  readonly fp16: Fp16Watch | undefined;
  /** Its node of each layer of the plan, by the layer's name. */
  readonly layers: ReadonlyMap<string, NodeProto>;
  /** The names of each quantized activation in it. */
  readonly inserted: ReadonlyMap<string, InsertedQuantizer>;
}

/**
 * The model with every value that the target stores as an integer rounded to its grid, computed in float32:
 * weights and biases as new constants, activations by quantize-dequantize nodes in the graph.
 *
 * @param arithmetic `integer`: layers compute with the integers themselves and rescale them as the target does,
 *   operators with kernels of their own by them, and what is not integer in the floats of its engine; `float`: with the real values that the integers stand for, so that nothing but the grids changes the model
 */
export function emulatedModel(quantized: Quantized, arithmetic: 'integer' | 'float'): Emulation {
  const { model, plan, parameters, integerLayers, integerSums } = quantized;
  const copy = editableCopy(model.model);
  const { graph } = copy.model;
  importContrib(copy.model);
  const draft = draftFor(model.opset, graph);
  for (const layer of plan.layers) {
    const node = copy.copyOf(layer.node);
    const constant = (name: string, input: number, dims: readonly number[], data: Float32Array) => {
      node.input[input] = addConstant(draft, `${name}/${layer.name}/quantized`, {
        type: 'float32',
        dims,
        data,
      });
    };
    const weights = parameters.weights.get(layer.name);
    if (weights !== undefined) constant(layer.weight!.name, layer.weight!.input, weights.dims, weights.data);
    const bias = chipBias(layer, quantized);
    if (bias !== undefined) constant(bias.name, bias.input, bias.dims, bias.data);
  }
  const isInteger = arithmetic === 'integer';
  const tiesUp = isInteger && htpGenerationOf(quantized.scheme.target) !== undefined;
  const inserted = insertBehind(copy, draft, quantized, (part, between, activation) => {
    const insert = tiesUp && model.view.producers.has(activation) ? tiesUpQuantizer : activationQuantizer;
    return insert(part, between, quantizerOf(quantized, activation));
  });
  const emulated = { graph, copyOf: copy.copyOf, draft, inserted };
  const integers = isInteger
    ? {
        layers: integerLayers,
        sums: integerSums,
        joins: integerJoins(quantized),
        reciprocals: limitedReciprocals(quantized),
      }
    : { layers: [], sums: [], joins: [], reciprocals: [] };
  const overflows = computeWithIntegers(emulated, integers, quantized);
  if (isInteger) computeByKernels(emulated, kernelOperators(quantized));
  const fp16 = isInteger ? computeInFp16(emulated, quantized) : undefined;
  graph.output.push(...[...overflows.values()].map((name) => create(ValueInfoProtoSchema, { name })));
  graph.initializer.push(...draft.constants);
  dropUnread(graph);
  const layers = new Map(plan.layers.map(({ name, node }) => [name, copy.copyOf(node)] as const));
  return { model: copy.model, overflows, fp16, layers, inserted };
}
