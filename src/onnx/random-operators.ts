import type { GraphProto, ModelProto, NodeProto, TensorProto } from './gen/onnx_pb.ts';
import { isStandard } from './graph.ts';
import { opsetOf } from './model.ts';

/** A node that draws random numbers. */
export interface RandomOperator {
  /** As in the file, or that of its first output. */
  readonly name: string;
  readonly op: string;
}

/** Whatever their seed: that fixes where a session begins, not what a sample gets, which depends on those before it. */
export const RANDOM = new Set([
  'RandomNormal', 'RandomNormalLike', 'RandomUniform', 'RandomUniformLike', 'Multinomial', 'Bernoulli',
]); // biome-ignore format: a list

/** From this opset on Dropout is told to train by an input; of those before it, none that is read here trains. */
const TRAINING_INPUT_FROM = 12;

/**
 * Every node of a model that draws random numbers: in its graph, in the bodies of If, Loop and Scan, and in its functions.
 * A Dropout counts where it is told to train.
 */
export function randomOperators(model: ModelProto): RandomOperator[] {
  const opset = opsetOf(model) ?? 0;
  const found: RandomOperator[] = [];
  const visit = (
    nodes: readonly NodeProto[],
    outer: ReadonlyMap<string, TensorProto>,
    graph?: GraphProto,
  ) => {
    const constants = new Map([...outer, ...(graph?.initializer ?? []).map((t) => [t.name, t] as const)]);
    for (const node of nodes) {
      const value = node.attribute.find(({ name }) => name === 'value')?.t;
      if (node.opType === 'Constant' && value !== undefined) constants.set(node.output[0], value);
      if (isStandard(node) && (RANDOM.has(node.opType) || trains(node, opset, constants)))
        found.push({ name: node.name || (node.output[0] ?? ''), op: node.opType });
      for (const { g, graphs } of node.attribute)
        for (const body of [...(g === undefined ? [] : [g]), ...graphs]) visit(body.node, constants, body);
    }
  };
  visit(model.graph?.node ?? [], new Map(), model.graph);
  for (const each of model.functions) visit(each.node, new Map());
  return found;
}

function trains(node: NodeProto, opset: number, constants: ReadonlyMap<string, TensorProto>): boolean {
  if (node.opType !== 'Dropout') return false;
  if (opset < TRAINING_INPUT_FROM) return false;
  const told = constants.get(node.input[2] ?? '');
  return told !== undefined && (told.rawData[0] ?? told.int32Data[0] ?? 0) !== 0;
}
