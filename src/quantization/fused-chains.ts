import type { NodeProto } from '../onnx/gen/onnx_pb.ts';
import { type GraphView, intAttribute, isStandard } from '../onnx/graph.ts';
import { isMoving } from '../onnx/moving.ts';
import type { GridRules } from '../targets/target.ts';
import { readsAlone } from './float-nodes.ts';

/**
 * Where a target with rules rounds what an operator makes: on a grid of its `own`, which may be shared; nowhere, as it has a
 * grid already or none; or behind the `relu` that alone reads it, on one grid with what that makes.
 */
export function roundedAt(name: string, view: GraphView, rules: GridRules): 'own' | 'nowhere' | 'relu' {
  const producer = view.producers.get(name);
  if (producer === undefined) return 'own';
  if (isStandard(producer) && rules.passing.has(producer.opType)) return 'nowhere';
  if (beginsFusedChain(name, view, rules)) return 'nowhere';
  // Bounds of two operators cannot be one.
  const isBound = rules.fixedRanges.has(producer.opType);
  return !isBound && isRectified(name, view) ? 'relu' : 'own';
}

/** Whether a tensor leaves the first operator of a chain that is one on the chip. */
function beginsFusedChain(name: string, view: GraphView, { fusions, fusesDepthwise }: GridRules): boolean {
  const first = view.producers.get(name);
  if (first === undefined || !isStandard(first)) return false;
  if (!fusesDepthwise && !isDense(first, view)) return false;
  return fusions.some(([op, ...others]) => {
    let tensor: string | undefined = first.opType === op ? name : undefined;
    for (const wanted of others) {
      const reader: NodeProto | undefined = tensor === undefined ? undefined : readsAlone(tensor, view);
      tensor = reader?.opType === wanted && isStandard(reader) ? reader.output[0] : undefined;
    }
    return tensor !== undefined;
  });
}

/**
 * Whether a Relu alone reads a tensor, moved before or not. Both are on one grid, which begins at zero: rounding before the
 * Relu as well would change nothing.
 */
function isRectified(name: string, view: GraphView): boolean {
  const reader = readsAlone(name, view);
  if (reader === undefined) return false;
  if (reader.opType === 'Relu' && isStandard(reader)) return true;
  return isMoving(reader) && reader.output.length === 1 && isRectified(reader.output[0], view);
}

/** No convolution but the depthwise ones and those over three dimensions: these fuse with nothing. */
function isDense(node: NodeProto, { initializers }: GraphView): boolean {
  if (node.opType !== 'Conv' && node.opType !== 'ConvTranspose') return true;
  const dims = initializers.get(node.input[1])?.dims;
  if (dims === undefined) return true;
  const groups = intAttribute(node, 'group', 1);
  const isDepthwise = groups > 1 && Number(node.opType === 'Conv' ? dims[1] : dims[0] / BigInt(groups)) === 1;
  return !isDepthwise && dims.length !== 5;
}
