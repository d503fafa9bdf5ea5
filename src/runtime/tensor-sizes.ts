import { create } from '@bufbuild/protobuf';
import { elementCount, type Tensor } from '../numerics/tensor.ts';
import { addNode, draftFor } from '../onnx/draft.ts';
import { ValueInfoProtoSchema } from '../onnx/gen/onnx_pb.ts';
import { editableCopy } from '../onnx/graph.ts';
import type { LoadedModel } from './load-model.ts';
import { openModel } from './open-model.ts';
import type { Runtime } from './runtime.ts';

/**
 * Elements of every tensor of the main graph in a run on `inputs`. What the model does not state is measured in one run,
 * which only counts leave.
 *
 * @returns by name; a dimension that is neither stated nor to be measured counts as 1
 */
export async function tensorSizes(
  model: Pick<LoadedModel, 'model' | 'opset' | 'tensors'>,
  inputs: Readonly<Record<string, Tensor>>,
  runtime: Runtime,
): Promise<Map<string, number>> {
  const tensors = [...model.tensors];
  const sizes = new Map(
    tensors.map(([name, { dims = [] }]) => [name, elementCount(dims.map((d) => d ?? 1))]),
  );
  for (const [name, { data }] of Object.entries(inputs)) sizes.set(name, data.length);
  const open = tensors.filter(
    ([name, { dims }]) => inputs[name] === undefined && (dims === undefined || dims.includes(null)),
  );
  if (open.length === 0) return sizes;
  const { model: copy } = editableCopy(model.model);
  const draft = draftFor(model.opset, copy.graph);
  const counters = open.map(([name]) => [name, addNode(draft, 'Size', [name], `${name}/elements`)] as const);
  copy.graph.node.push(...draft.nodes);
  copy.graph.output = counters.map(([, output]) => create(ValueInfoProtoSchema, { name: output }));
  try {
    const session = await openModel(copy, { optimize: 'basic' }, runtime, 'cpu');
    try {
      const results = await session.run(inputs);
      for (const [name, output] of counters) sizes.set(name, Number(results[output].data[0]));
    } finally {
      await session.close();
    }
  } catch {
    // What keeps the model from running is told where it has to run.
  }
  return sizes;
}
