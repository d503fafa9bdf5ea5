import { create } from '@bufbuild/protobuf';
import { addNode, draftFor } from '../onnx/draft.ts';
import { type ModelProto, ValueInfoProtoSchema } from '../onnx/gen/onnx_pb.ts';
import { editableCopy } from '../onnx/graph.ts';
import type { LoadedModel } from '../runtime/load-model.ts';

/** Names of the outputs that carry the extremes of an observed tensor. */
export interface Extremes {
  readonly min: string;
  readonly max: string;
}

export interface ObserverModel {
  readonly model: ModelProto;
  /** By observed tensor. */
  readonly extremes: ReadonlyMap<string, Extremes>;
}

/**
 * The model with each of `tensors` as an output, beside its least and greatest value: the reduction runs on all
 * cores inside the graph, and the loop over the values outside has one test less per element.
 */
export function observerModel({ model, opset }: LoadedModel, tensors: readonly string[]): ObserverModel {
  const { model: copy } = editableCopy(model);
  const { graph } = copy;
  const draft = draftFor(opset, graph);
  const extremes = new Map(
    tensors.map((name): [string, Extremes] => [
      name,
      {
        min: addNode(draft, 'ReduceMin', [name], `${name}/observed-min`, { keepdims: 0 }),
        max: addNode(draft, 'ReduceMax', [name], `${name}/observed-max`, { keepdims: 0 }),
      },
    ]),
  );
  const inputs = new Set(graph.input.map((i) => i.name));
  const outputs = [...extremes].flatMap(([name, { min, max }]) =>
    inputs.has(name) ? [min, max] : [name, min, max],
  );
  graph.output = outputs.map((name) => create(ValueInfoProtoSchema, { name }));
  graph.node.push(...draft.nodes);
  return { model: copy, extremes };
}
