import { type Draft, freshTensor, partOf } from '../onnx/draft.ts';
import type { NodeProto } from '../onnx/gen/onnx_pb.ts';
import type { EditableCopy } from '../onnx/graph.ts';
import type { Quantized } from '../quantization/quantized.ts';
import type { Between, Integers } from './quantizer.ts';

/** The names of an activation in a graph in which it is quantized. */
export interface InsertedQuantizer extends Integers {
  /** Name of its values before they are quantized. */
  readonly real: string;
  /** Name of the real values that its codes stand for: what its readers read. */
  readonly quantized: string;
}

/**
 * Puts a quantizer behind every activation of the plan. Every reader that the plan lists then reads the quantized form;
 * where outputs are quantized as well, a graph output keeps its name and takes the new value.
 *
 * @param copy of the model of `quantized`; its constants are still to be added
 * @param insert drafts the quantizer of a tensor
 * @returns by activation
 */
export function insertBehind(
  { model: { graph }, copyOf }: EditableCopy,
  draft: Draft,
  { model: { view }, plan }: Quantized,
  insert: (draft: Draft, between: Between, activation: string) => Integers,
): Map<string, InsertedQuantizer> {
  const behind = new Map<NodeProto, NodeProto[]>();
  const first: NodeProto[] = [];
  const inserted = new Map<string, InsertedQuantizer>();
  for (const [name, uses] of plan.activations) {
    const producer = view.producers.get(name);
    const replacesOutput = plan.outputs.has(name) && producer !== undefined;
    const real = replacesOutput ? freshTensor(draft, `${name}/float`) : name;
    const quantized = replacesOutput ? name : freshTensor(draft, `${name}/quantized`);
    if (replacesOutput) {
      const node = copyOf(producer);
      node.output = node.output.map((o) => (o === name ? real : o));
    } else {
      for (const use of uses) copyOf(use.node).input[use.input] = quantized;
    }
    const part = partOf(draft);
    inserted.set(name, { real, quantized, ...insert(part, { from: real, to: quantized }, name) });
    if (producer === undefined) first.push(...part.nodes);
    else behind.set(copyOf(producer), [...(behind.get(copyOf(producer)) ?? []), ...part.nodes]);
  }
  graph.node = [...first, ...graph.node.flatMap((node) => [node, ...(behind.get(node) ?? [])])];
  return inserted;
}
