import type { ModelProto, NodeProto } from './gen/onnx_pb.ts';
import { type GraphView, viewGraph } from './graph.ts';

/** How far a fusion reaches: Conv, BatchNormalization and an element-wise factor or two. */
const MAX_STEPS = 4;

/**
 * The user's names of weights that an optimizer renamed when it folded other constants into them: chip files and
 * reports speak of the names in the user's file.
 *
 * @returns new name → name in `original`, for weights of `simplified` that `original` does not have
 */
export function originalWeightNames(original: ModelProto, simplified: GraphView): Map<string, string> {
  const before = viewGraph(original);
  const names = new Map<string, string>();
  for (const node of simplified.graph.node) {
    node.input.forEach((name, input) => {
      if (
        name === '' ||
        before.initializers.has(name) ||
        before.producers.has(name) ||
        before.types.has(name)
      )
        return;
      const source = sameOperator(before, node.opType, node.output[0])?.input[input] ?? '';
      if (source !== '') names.set(name, source);
    });
  }
  return names;
}

/** The operator of this type that `output` was computed by, before what followed it was folded into it. */
function sameOperator(view: GraphView, opType: string, output: string): NodeProto | undefined {
  let node = view.producers.get(output);
  for (let step = 0; step < MAX_STEPS && node !== undefined; step++) {
    if (node.opType === opType) return node;
    node = node.input
      .map((name) => view.producers.get(name))
      .find((n) => n !== undefined && n.opType !== 'Constant');
  }
  return undefined;
}
