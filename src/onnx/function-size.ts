import { UserError } from '../errors.ts';
import type { FunctionProto, ModelProto, NodeProto } from './gen/onnx_pb.ts';
import { bodiesOf } from './graph.ts';

/** Nodes of a model with the functions that it calls written out. */
const MAX_NODES = 2 ** 18;

/**
 * Bounds what a model becomes when the calls of its functions are replaced by their nodes: functions that each call the
 * next one twice double at every step.
 *
 * @throws UserError when that is more than any model has, or functions call each other in a circle
 */
export function checkFunctions(model: ModelProto, where: string): void {
  const functions = new Map(
    model.functions.map((each) => [keyOf(each.domain, each.name, each.overload), each]),
  );
  const sizes = new Map<FunctionProto, number>();
  const open = new Set<FunctionProto>();
  const sizeOf = (each: FunctionProto): number => {
    const known = sizes.get(each);
    if (known !== undefined) return known;
    if (open.has(each)) return Infinity;
    open.add(each);
    const size = total(each.node);
    open.delete(each);
    sizes.set(each, size);
    return size;
  };
  const nodeSize = (node: NodeProto): number => {
    const called = functions.get(keyOf(node.domain, node.opType, node.overload));
    return (
      (called === undefined ? 1 : sizeOf(called)) +
      bodiesOf(node).reduce((sum, { node }) => sum + total(node), 0)
    );
  };
  const total = (nodes: readonly NodeProto[]): number => nodes.reduce((sum, node) => sum + nodeSize(node), 0);
  const size = [total(model.graph!.node), ...model.functions.map(sizeOf)].reduce((most, each) =>
    Math.max(most, each),
  );
  if (size > MAX_NODES)
    throw new UserError(
      `${where}: with its functions written out it has more than ${MAX_NODES} nodes: export it without functions`,
    );
}

function keyOf(domain: string, name: string, overload: string): string {
  return JSON.stringify([domain, name, overload]);
}
