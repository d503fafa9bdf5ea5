import { draftFor } from '../onnx/draft.ts';
import type { GraphProto, ModelProto, NodeProto } from '../onnx/gen/onnx_pb.ts';
import { bodiesOf, type EditableCopy, editableCopy } from '../onnx/graph.ts';
import type { Names } from '../onnx/names.ts';
import { dropUnread } from '../onnx/prune.ts';
import { upgradeOpset } from '../onnx/upgrade.ts';
import { integerBias } from '../quantization/bias.ts';
import type { Quantized } from '../quantization/quantized.ts';
import type { QdqRules } from '../targets/target.ts';
import { insertBehind } from './insert.ts';
import {
  beforeRoundingAgain,
  biasCodesOf,
  type ConstantCodes,
  dequantizedConstant,
  operandCodesOf,
  weightCodesOf,
  weightNamer,
} from './qdq-constants.ts';
import { quantizeLinear, quantizerOf } from './quantizer.ts';

/** The first opset whose QuantizeLinear takes an axis, the first that has FP8, and the first that takes 16 bits. */
const QDQ_OPSET = { upTo8Bits: 13, fp8: 19, upTo16Bits: 21 };

/**
 * The model with explicit quantization in operators of ONNX itself, as toolchains import it and as ONNX Runtime fuses
 * it into its int8 kernels: integer weights behind DequantizeLinear under the user's names, QuantizeLinear and
 * DequantizeLinear on every planned activation. Same parameters and places as the emulation; zero points are always
 * written, for importers differ in their default. Inputs, outputs and the user's names of tensors stay.
 *
 * @returns the model, of opset 13 (19 for FP8, 21 for more than 8 bits) or its own newer one, or why it cannot be written
 */
export function qdqModel(
  quantized: Quantized,
  rules: QdqRules,
): { readonly model: ModelProto } | { readonly obstacle: string } {
  const { model, scheme, parameters } = quantized;
  const { target } = scheme;
  const grids = [...parameters.activations.values(), ...parameters.weights.values()].map(({ grid }) => grid);
  const bits = Math.max(0, ...grids.map((grid) => grid.bits));
  if (target.rounding !== 'half-to-even')
    return { obstacle: `${target.title} rounds ties away from zero, QuantizeLinear to even` };
  if (bits > rules.maxBits)
    return { obstacle: `${target.title} takes at most ${rules.maxBits} bits, not ${bits}` };
  const copy = editableCopy(model.model);
  const { graph } = copy.model;
  const draft = draftFor(model.opset, graph);
  const constants = constantsOf(quantized, rules, copy, draft.names);
  const stated = withMoved(withoutConstants(quantized));
  const inserted = insertBehind(copy, draft, stated, (part, between, activation) => ({
    codes: quantizeLinear(part, between, quantizerOf(stated, activation), ''),
    integers: undefined,
    preparing: [],
  }));
  graph.initializer.push(...draft.constants);
  const tensors = new Map(model.tensors);
  for (const [name, { real }] of inserted) tensors.set(real, model.tensors.get(name)!);
  const replaced = new Set(constants.map((c) => c.name));
  graph.initializer = graph.initializer.filter((t) => !replaced.has(t.name));
  // Shapes that were inferred for float weights do not hold for the codes that take their names.
  graph.valueInfo = graph.valueInfo.filter((v) => !replaced.has(v.name));
  for (const constant of constants) {
    const dequantizer = dequantizedConstant(constant, draft.names);
    graph.node.unshift(dequantizer.node);
    graph.initializer.push(...dequantizer.tensors);
  }
  const domains = domainsOf(graph, new Set(['', 'ai.onnx']));
  copy.model.opsetImport = copy.model.opsetImport.filter((o) => domains.has(o.domain));
  const upTo8Bits = grids.some((grid) => grid.float !== undefined) ? QDQ_OPSET.fp8 : QDQ_OPSET.upTo8Bits;
  const opset = bits > 8 ? QDQ_OPSET.upTo16Bits : upTo8Bits;
  const upgraded = upgradeOpset(copy.model, opset, tensors);
  if ('model' in upgraded) dropUnread(upgraded.model.graph!);
  return upgraded;
}

/** The same with the activations alone among what is quantized in the graph. */
function withoutConstants(quantized: Quantized): Quantized {
  const { model, plan } = quantized;
  const activations = new Map([...plan.activations].filter(([name]) => !model.view.initializers.has(name)));
  return { ...quantized, plan: { ...plan, activations } };
}

/**
 * The same with what operators without arithmetic make of a quantized tensor among what is quantized, on the same grid.
 * It changes no value, and lets toolchains find the layers behind a Reshape or a Gather: they look for a DequantizeLinear
 * right before a layer, as ONNX Runtime's own quantizer writes it.
 */
function withMoved(quantized: Quantized): Quantized {
  const { model, plan, parameters } = quantized;
  const { grids } = parameters;
  const moved = [...grids.keys()].filter(
    (name) => !parameters.activations.has(name) && !model.view.initializers.has(name),
  );
  const uses = moved.map((name) => [name, model.view.uses.get(name) ?? []] as const);
  const activations = new Map([...plan.activations, ...uses.filter(([, all]) => all.length > 0)]);
  return { ...quantized, plan: { ...plan, activations }, parameters: { ...parameters, activations: grids } };
}

/** The integer weights, biases and constant operands, which the copy then reads. */
function constantsOf(
  quantized: Quantized,
  rules: QdqRules,
  copy: EditableCopy,
  names: Names,
): ConstantCodes[] {
  const { model, plan } = quantized;
  const { initializers } = model.view;
  const nameOf = weightNamer(model, names);
  const constants: ConstantCodes[] = [];
  const put = (node: NodeProto, input: number, constant: ConstantCodes) => {
    constants.push(constant);
    node.input[input] = constant.dequantized;
  };
  for (const layer of plan.layers) {
    const node = copy.copyOf(layer.node);
    const codes = weightCodesOf(layer, quantized);
    if (codes === undefined) continue;
    const { name, input } = layer.weight!;
    const written = rules.roundsWeightsAgain ? beforeRoundingAgain(codes) : codes;
    put(node, input, { ...written, ...nameOf(name, layer.name) });
    const bias = rules.bias === 'int32' ? integerBias(layer, quantized) : undefined;
    if (bias !== undefined) put(node, bias.input, { ...biasCodesOf(bias), ...nameOf(bias.name, layer.name) });
  }
  for (const [name, uses] of plan.activations) {
    if (!initializers.has(name)) continue;
    const constant = { ...operandCodesOf(name, quantized), ...nameOf(name, 'operand') };
    constants.push(constant);
    for (const { node, input } of uses) copy.copyOf(node).input[input] = constant.dequantized;
  }
  return constants;
}

/** ONNX Runtime lists every domain it knows in the models it saves; importers ask about those they do not. */
function domainsOf(graph: GraphProto, into: Set<string>): Set<string> {
  for (const node of graph.node) {
    into.add(node.domain);
    for (const body of bodiesOf(node)) domainsOf(body, into);
  }
  return into;
}
