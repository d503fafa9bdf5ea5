import type { Range } from '../numerics/grid.ts';
import type { NodeProto } from '../onnx/gen/onnx_pb.ts';
import { attributeOf, type GraphView } from '../onnx/graph.ts';
import { readTensor } from '../onnx/tensors.ts';

/**
 * The values that a Relu or Clip lets through; ±∞ where it has no bound, NaN where that is not a constant. Undefined for
 * other operators.
 */
export function boundsOf(node: NodeProto, view: GraphView): Range | undefined {
  if (node.opType === 'Relu') return { alpha: 0, beta: Infinity };
  if (node.opType !== 'Clip') return undefined;
  const bound = (index: number, name: string, none: number) => {
    const input = node.input[index] ?? '';
    if (input === '') return attributeOf(node, name)?.f ?? none;
    const constant = view.initializers.get(input);
    return constant === undefined ? Number.NaN : Number(readTensor(constant, input).data[0]);
  };
  return { alpha: bound(1, 'min', -Infinity), beta: bound(2, 'max', Infinity) };
}

/** A range without what the operator that makes a tensor cannot make: codes beyond would never be used. */
export function withinBounds(range: Range, producer: NodeProto | undefined, view: GraphView): Range {
  const bounds = producer && boundsOf(producer, view);
  return bounds === undefined ? range : intersection(range, bounds);
}

/** What two ranges have in common; the first one where that is nothing. */
export function intersection(range: Range, bounds: Range): Range {
  const alpha = bounds.alpha > range.alpha ? bounds.alpha : range.alpha;
  const beta = bounds.beta < range.beta ? bounds.beta : range.beta;
  return alpha < beta ? { alpha, beta } : range;
}
