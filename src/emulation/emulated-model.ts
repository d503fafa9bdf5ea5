import { create } from '@bufbuild/protobuf';
import { importContrib } from '../onnx/contrib.ts';
import { addConstant, draftFor } from '../onnx/draft.ts';
import { type ModelProto, type NodeProto, ValueInfoProtoSchema } from '../onnx/gen/onnx_pb.ts';
import { editableCopy } from '../onnx/graph.ts';
import { asTensor } from '../onnx/kept-weights.ts';
import { dropUnread } from '../onnx/prune.ts';
import { chipBias } from '../quantization/bias.ts';
import { integerJoins } from '../quantization/integer-joins.ts';
import type { Quantized } from '../quantization/quantized.ts';
import { htpGenerationOf } from '../targets/htp-generation.ts';
import { computeInFp16 } from './fp16-graph.ts';
import type { Fp16Watch } from './fp16-watch.ts';
import { limitedReciprocals } from './htp-operators.ts';
import { type InsertedQuantizer, insertBehind } from './insert.ts';
import { computeWithIntegers, type IntegerParts } from './integer-graph.ts';
import { computeByKernels, kernelOperators } from './kernel-operators.ts';
import { activationQuantizer, quantizerOf, saturatingQuantizer, tiesUpQuantizer } from './quantizer.ts';
import { rankScalars } from './ranked-scalars.ts';

export interface Emulation {
  /** With the outputs of the original first, then those that count overflows. */
  readonly model: ModelProto;
  /** The outputs that count overflows, by the name of their layer. */
  readonly overflows: ReadonlyMap<string, string>;
  /** What it rounds to binary16 and may be too large; undefined where there is none. */
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
  const { model, plan, parameters } = quantized;
  const copy = editableCopy(model.model);
  const { graph } = copy.model;
  importContrib(copy.model);
  const draft = draftFor(model.opset, graph);
  for (const layer of plan.layers) {
    const node = copy.copyOf(layer.node);
    const constant = (name: string, input: number, values: Parameters<typeof asTensor>[0]) => {
      node.input[input] = addConstant(draft, `${name}/${layer.name}/quantized`, asTensor(values));
    };
    const weights = parameters.weights.get(layer.name);
    if (weights !== undefined) constant(layer.weight!.name, layer.weight!.input, weights);
    const bias = chipBias(layer, quantized);
    if (bias !== undefined) constant(bias.name, bias.input, bias);
  }
  const isInteger = arithmetic === 'integer';
  const integers = isInteger ? integerParts(quantized) : NO_INTEGERS;
  const isMade = new Set(isInteger ? madeAsIntegers(integers) : []);
  const tiesUp = isInteger && htpGenerationOf(quantized.scheme.target) !== undefined;
  const inserted = insertBehind(copy, draft, quantized, (part, between, activation) => {
    const isRounded = !tiesUp || !model.view.producers.has(activation);
    const insert = isMade.has(activation)
      ? saturatingQuantizer
      : isRounded
        ? activationQuantizer
        : tiesUpQuantizer;
    return insert(part, between, quantizerOf(quantized, activation));
  });
  const emulated = { graph, copyOf: copy.copyOf, draft, inserted };
  const overflows = computeWithIntegers(emulated, integers, quantized);
  if (isInteger) computeByKernels(emulated, kernelOperators(quantized));
  const fp16 = isInteger ? computeInFp16(emulated, quantized) : undefined;
  graph.output.push(...[...overflows.values()].map((name) => create(ValueInfoProtoSchema, { name })));
  rankScalars(graph, draft, shapesIn(model, inserted));
  graph.initializer.push(...draft.constants);
  dropUnread(graph);
  const layers = new Map(plan.layers.map(({ name, node }) => [name, copy.copyOf(node)] as const));
  return { model: copy.model, overflows, fp16, layers, inserted };
}

/** The shapes of what stands in a graph for the tensors of the model. */
function* shapesIn({ tensors }: Quantized['model'], inserted: Emulation['inserted']) {
  for (const [name, { dims }] of tensors) {
    yield [name, dims] as const;
    const { real, quantized } = inserted.get(name) ?? { real: name, quantized: name };
    yield [real, dims] as const;
    yield [quantized, dims] as const;
  }
}

const NO_INTEGERS: IntegerParts = { layers: [], sums: [], joins: [], reciprocals: [] };

function integerParts(quantized: Quantized): IntegerParts {
  return {
    layers: quantized.integerLayers,
    sums: quantized.integerSums,
    joins: integerJoins(quantized),
    reciprocals: limitedReciprocals(quantized),
  };
}

/** The activations that HTP's operators make as integers, which are only to be saturated. */
function madeAsIntegers({ layers, sums, joins }: IntegerParts): string[] {
  return [
    ...layers.flatMap(({ rescale }) => (rescale.kind === 'htp' ? [rescale.produces] : [])),
    ...sums.map(({ produces }) => produces),
    ...joins.map(({ node }) => node.output[0]),
  ];
}
