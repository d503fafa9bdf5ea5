import { create } from '@bufbuild/protobuf';
import { inSight } from '../emulation/in-sight.ts';
import { addNode, draftFor } from '../onnx/draft.ts';
import { type ModelProto, ValueInfoProtoSchema } from '../onnx/gen/onnx_pb.ts';
import { editableCopy } from '../onnx/graph.ts';
import { sightOf } from '../quantization/sight.ts';
import type { LoadedModel } from '../runtime/load-model.ts';
import type { CountedOutput } from '../runtime/output-counter.ts';

export interface ObserverModel {
  readonly model: ModelProto;
  /** Where it gives out what is counted, by tensor: its values as far as they are seen. */
  readonly observed: ReadonlyMap<string, CountedOutput>;
}

/**
 * The model with each of `tensors` as an output, beside its least and greatest value: the reduction runs on all
 * cores inside the graph, and the loop over the values outside has one test less per element. What a Softmax does not
 * see of a tensor is not observed.
 */
export function observerModel(loaded: LoadedModel, tensors: readonly string[]): ObserverModel {
  const { model, opset } = loaded;
  const sight = sightOf(loaded);
  const { model: copy } = editableCopy(model);
  const { graph } = copy;
  const draft = draftFor(opset, graph);
  const observed = new Map(
    tensors.map((name): [string, CountedOutput] => {
      const values = inSight(draft, name, name, sight);
      const min = addNode(draft, 'ReduceMin', [values], `${name}/observed-min`, { keepdims: 0 });
      const max = addNode(draft, 'ReduceMax', [values], `${name}/observed-max`, { keepdims: 0 });
      return [name, { values, min, max }];
    }),
  );
  const inputs = new Set(graph.input.map((i) => i.name));
  const outputs = [...observed.values()].flatMap(({ values, min, max }) =>
    inputs.has(values) ? [min, max] : [values, min, max],
  );
  graph.output = outputs.map((name) => create(ValueInfoProtoSchema, { name }));
  graph.node.push(...draft.nodes);
  graph.initializer.push(...draft.constants);
  return { model: copy, observed };
}
