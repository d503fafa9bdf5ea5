import type { NodeProto } from './gen/onnx_pb.ts';
import { attributeOf, isStandard } from './graph.ts';

/** They move values without changing them: what comes out lies on the grid of what went in. */
const MOVING = new Set([
  'Reshape', 'Flatten', 'Squeeze', 'Unsqueeze', 'Transpose', 'Slice', 'Split', 'Gather', 'GatherElements', 'GatherND', 'Identity',
  'Dropout', 'MaxPool', 'DepthToSpace', 'SpaceToDepth', 'Expand', 'Tile', 'Pad',
]); // biome-ignore format: a list

/** Whether a node's data output lies on the grid of its first input. */
export function isMoving(node: NodeProto): boolean {
  return MOVING.has(node.opType) && isStandard(node) && !padsNonZero(node);
}

/** Zero is on every grid; another padding value, or reflection of it, is not known to be. */
function padsNonZero(node: NodeProto): boolean {
  if (node.opType !== 'Pad') return false;
  return (attributeOf(node, 'value')?.f ?? 0) !== 0 || (node.input[2] ?? '') !== '';
}

/** The outputs that hold what a moving operator moves: MaxPool and Dropout have a second one that does not. */
export function movedTo(node: NodeProto): string[] {
  const outputs = node.opType === 'Split' ? node.output : node.output.slice(0, 1);
  return outputs.filter((name) => name !== '');
}
