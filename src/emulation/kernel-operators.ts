import { CONTRIB } from '../onnx/contrib.ts';
import { addNode, type Draft, freshTensor, partOf, putNode } from '../onnx/draft.ts';
import type { NodeProto } from '../onnx/gen/onnx_pb.ts';
import { type AttributeValue, inDomain, intAttribute, isStandard, makeNode } from '../onnx/graph.ts';
import type { ActivationParameters } from '../quantization/on-grid.ts';
import type { Quantized } from '../quantization/quantized.ts';
import { type LoadedModel, rankOfTensor } from '../runtime/load-model.ts';
import type { EmulatedGraph } from './integer-wiring.ts';
import { addScale, type Between, isNarrow, quantizeLinear } from './quantizer.ts';

/** An operator that the target computes by an int8 kernel, whose arithmetic is not float32's, rounded. */
export interface KernelOperator {
  readonly node: NodeProto;
  /** The grids of what it reads and makes, of one 8-bit type. */
  readonly read: ActivationParameters;
  readonly made: ActivationParameters;
  /** ONNX Runtime's operator for the kernel, and its attributes. */
  readonly op: string;
  readonly attributes: Record<string, AttributeValue>;
}

type Kernel = (node: NodeProto, opset: number) => Pick<KernelOperator, 'op' | 'attributes'>;

/**
 * QLinearSoftmax looks exponentials up in a table and divides integers; QLinearGlobalAveragePool rescales a sum of
 * integers. ONNX Runtime's other kernels of one operand round what the operator makes in float32.
 */
const kernels: ReadonlyMap<string, Kernel> = new Map<string, Kernel>([
  [
    'Softmax',
    (node, opset) => {
      const axis = intAttribute(node, 'axis', opset < 13 ? 1 : -1);
      return { op: 'QLinearSoftmax', attributes: { axis, opset } };
    },
  ],
  ['GlobalAveragePool', () => ({ op: 'QLinearGlobalAveragePool', attributes: { channels_last: 0 } })],
]);

/**
 * The operators of a model that its target computes by such a kernel, by their node: those that read a grid and whose
 * output is nowhere read but on its own.
 */
export function kernelOperators(quantized: Quantized): Map<NodeProto, KernelOperator> {
  const { model, scheme, plan, parameters } = quantized;
  const { graph, outputs, uses, captured } = model.view;
  const found = new Map<NodeProto, KernelOperator>();
  if (!scheme.target.integerKernels) return found;
  for (const node of graph.node) {
    const kernel = isStandard(node) ? kernels.get(node.opType) : undefined;
    const [[input], [output]] = [node.input, node.output];
    const read = parameters.grids.get(input);
    const made = parameters.activations.get(output);
    if (kernel === undefined || read === undefined || made === undefined || !haveOneType(read, made))
      continue;
    if (node.opType === 'Softmax' && !isBetweenQuantizers(node, model)) continue;
    const readsReal = plan.activations.get(input)?.every((use) => use.node !== node) ?? false;
    const isReadReal =
      !plan.outputs.has(output) &&
      (outputs.has(output) || plan.activations.get(output)?.length !== uses.get(output)?.length);
    if (readsReal || isReadReal || captured.has(output)) continue;
    found.set(node, { node, read, made, ...kernel(node, model.opset) });
  }
  return found;
}

/**
 * ONNX Runtime's rewriting finds a Softmax between its quantizers alone: one of an older opset that may be over several
 * dimensions has Flatten and Reshape around it in the Q/DQ model.
 */
function isBetweenQuantizers(node: NodeProto, model: LoadedModel): boolean {
  const rank = rankOfTensor(model, node.input[0]);
  const axis = intAttribute(node, 'axis', model.opset < 13 ? 1 : -1);
  return model.opset >= 13 || axis === -1 || (rank !== undefined && axis === rank - 1);
}

function haveOneType({ grid: a }: ActivationParameters, { grid: b }: ActivationParameters): boolean {
  return a.bits === 8 && b.bits === 8 && !isNarrow(a) && !isNarrow(b) && a.qmin === b.qmin;
}

/**
 * Computes an operator by its kernel.
 *
 * @param between a tensor on the grid that the operator reads, and what its codes stand for
 */
export function runKernel(draft: Draft, { from, to }: Between, kernel: KernelOperator): void {
  const put = (op: string, inputs: string[], output: string, attributes = {}) =>
    putNode(draft, inDomain(CONTRIB, makeNode(op, inputs, [output], attributes)));
  const read = addScale(draft, `${to}/read`, { params: kernel.read, grid: kernel.read.grid });
  const made = addScale(draft, to, { params: kernel.made, grid: kernel.made.grid });
  const codes = freshTensor(draft, `${to}/read/q`);
  const result = freshTensor(draft, `${to}/q`);
  put('QuantizeLinear', [from, ...read], codes);
  put(kernel.op, [codes, ...read, ...made], result, kernel.attributes);
  put('DequantizeLinear', [result, ...made], to);
}

/** Computes operators of an emulated graph by their kernels; the quantizers behind them then change nothing. */
export function computeByKernels(
  { graph, copyOf, draft }: Pick<EmulatedGraph, 'graph' | 'copyOf' | 'draft'>,
  operators: ReadonlyMap<NodeProto, KernelOperator>,
): void {
  const instead = new Map<NodeProto, readonly NodeProto[]>();
  for (const kernel of operators.values()) {
    const node = copyOf(kernel.node);
    const part = partOf(draft);
    runKernel(part, { from: node.input[0], to: node.output[0] }, kernel);
    instead.set(node, part.nodes);
  }
  graph.node = graph.node.flatMap((node) => instead.get(node) ?? [node]);
}

/**
 * What a kernel makes of an operator, short of the rounding onto its grid: the result in float32 where the kernel rounds
 * that, its own values where it makes others.
 *
 * @param from a tensor on the grid that the operator reads
 * @param real what the operator makes of it in float32
 * @returns the name of the result
 */
export function beforeRounding(
  draft: Draft,
  from: string,
  real: string,
  kernel: KernelOperator,
  wanted: string,
): string {
  const [computed, rounded] = ['kernel', 'rounded'].map((part) => freshTensor(draft, `${wanted}/${part}`));
  runKernel(draft, { from, to: computed }, kernel);
  quantizeLinear(
    draft,
    { from: real, to: rounded },
    { params: kernel.made, grid: kernel.made.grid },
    CONTRIB,
  );
  // Where is there from opset 9 on.
  const difference = addNode(draft, 'Sub', [computed, rounded], `${wanted}/difference`);
  const differs = addNode(draft, 'Cast', [difference], `${wanted}/differs`, { to: 9 });
  const one = addNode(draft, 'Cast', [differs], `${wanted}/chosen`, { to: 1 });
  const step = addNode(draft, 'Sub', [computed, real], `${wanted}/step`);
  const taken = addNode(draft, 'Mul', [one, step], `${wanted}/taken`);
  return addNode(draft, 'Add', [real, taken], wanted);
}
