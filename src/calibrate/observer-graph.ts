import { create } from '@bufbuild/protobuf';
import { type ModelProto, ValueInfoProtoSchema } from '../onnx/gen/onnx_pb.ts';
import { editableCopy, makeNode } from '../onnx/graph.ts';

/** Names of the outputs that carry the extremes of an observed tensor. */
export const minOf = (tensor: string) => `${tensor}/observed-min`;
export const maxOf = (tensor: string) => `${tensor}/observed-max`;

/**
 * The model with each of `tensors` as an output, beside its least and greatest value: the reduction runs on all
 * cores inside the graph, and the loop over the values outside has one test less per element.
 */
export function observerModel(model: ModelProto, tensors: readonly string[]): ModelProto {
  const copy = editableCopy(model);
  const { graph } = copy;
  const inputs = new Set(graph.input.map((i) => i.name));
  graph.output = [];
  for (const name of tensors) {
    if (!inputs.has(name)) graph.output.push(create(ValueInfoProtoSchema, { name }));
    graph.node.push(
      makeNode('ReduceMin', [name], [minOf(name)], { keepdims: 0 }),
      makeNode('ReduceMax', [name], [maxOf(name)], { keepdims: 0 }),
    );
    graph.output.push(
      create(ValueInfoProtoSchema, { name: minOf(name) }),
      create(ValueInfoProtoSchema, { name: maxOf(name) }),
    );
  }
  return copy;
}
