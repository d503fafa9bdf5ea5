import { create, toBinary } from '@bufbuild/protobuf';
import { GraphProtoSchema, type NodeProto, type TensorProto } from '../onnx/gen/onnx_pb.ts';
import { bodiesOf, shallow } from '../onnx/graph.ts';
import { sha256Of } from '../sha256.ts';

/** Nodes that were made for one thing, with their own constants. */
export interface Operations {
  readonly nodes: readonly NodeProto[];
  readonly constants: readonly TensorProto[];
  /** Names of the tensors that it is computed for. */
  readonly results: readonly string[];
}

/**
 * A key of what nodes compute from tensors of a model: equal for the same operators on the same constants and tensors, in the
 * same order, whatever the names of what they make.
 */
export function operationsKey({ nodes, constants, results }: Operations): string {
  const own = new Map<string, string>();
  const made = [...constants.map(({ name }) => name), ...nodes.flatMap(({ output }) => output)];
  // What a body reads keeps its name there.
  const isRenamed = nodes.every((node) => bodiesOf(node).length === 0);
  if (isRenamed) for (const name of made) if (name !== '') own.set(name, `own ${own.size}`);
  const nameOf = (name: string) => own.get(name) ?? `other ${name}`;
  const graph = create(GraphProtoSchema, {
    node: nodes.map((node) =>
      shallow(node, { name: '', input: node.input.map(nameOf), output: node.output.map(nameOf) }),
    ),
    initializer: constants.map((constant) => shallow(constant, { name: nameOf(constant.name) })),
  });
  return sha256Of(toBinary(GraphProtoSchema, graph), JSON.stringify(results.map(nameOf)));
}
