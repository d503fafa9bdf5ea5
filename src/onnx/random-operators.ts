import type { GraphProto, ModelProto, NodeProto, TensorProto } from './gen/onnx_pb.ts';
import { bodiesOf, isStandard } from './graph.ts';
import { readTensor } from './tensors.ts';

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

/**
 * Every node of a model that draws random numbers: in its graph, in the bodies of If, Loop and Scan, and in its functions.
 * A Dropout counts where it is told to train.
 */
export function randomOperators(model: ModelProto): RandomOperator[] {
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
      if (isStandard(node) && (RANDOM.has(node.opType) || trains(node, (name) => constants.get(name))))
        found.push({ name: node.name || (node.output[0] ?? ''), op: node.opType });
      for (const body of bodiesOf(node)) visit(body.node, constants, body);
    }
  };
  visit(model.graph?.node ?? [], new Map(), model.graph);
  for (const each of model.functions) visit(each.node, new Map());
  return found;
}

/**
 * Whether a node is a Dropout that is told to train, which an input does from opset 12 on; undefined where that is no
 * constant.
 */
export function trains(
  node: NodeProto,
  constant: (name: string) => TensorProto | undefined,
): boolean | undefined {
  const told = node.opType === 'Dropout' ? (node.input[2] ?? '') : '';
  if (told === '') return false;
  const value = constant(told);
  return value && Number(readTensor(value, told).data[0]) !== 0;
}
