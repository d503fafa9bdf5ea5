import { create } from '@bufbuild/protobuf';
import type { Batch } from '../data/batch.ts';
import { addConstant, addNode, draftFor } from '../onnx/draft.ts';
import { ValueInfoProtoSchema } from '../onnx/gen/onnx_pb.ts';
import { editableCopy } from '../onnx/graph.ts';
import { onlyOutputs } from '../onnx/prune.ts';
import type { LoadedModel } from '../runtime/load-model.ts';
import { openModel } from '../runtime/open-model.ts';
import type { Runtime } from '../runtime/runtime.ts';

/** A tensor, and the axis that counts its channels, from 0. */
export interface ChannelledTensor {
  readonly tensor: string;
  readonly rank: number;
  readonly axis: number;
}

/** The first opset whose ReduceMin takes its axes as an input. */
const AXES_INPUT_OPSET = 18;

/** The least and the greatest value of each channel of tensors over samples, reduced inside the graph. */
export async function channelExtremes(
  model: LoadedModel,
  tensors: readonly ChannelledTensor[],
  batches: readonly Batch[],
  runtime: Runtime,
): Promise<Map<string, { readonly least: Float32Array; readonly greatest: Float32Array }>> {
  const { model: copy } = editableCopy(model.model);
  const draft = draftFor(model.opset, copy.graph);
  const reduced = tensors.map(({ tensor, rank, axis }) => {
    const axes = Array.from({ length: rank }, (_, i) => i).filter((i) => i !== axis);
    const reduce = (op: string) => {
      const wanted = `${tensor}/${op}`;
      if (model.opset < AXES_INPUT_OPSET) return addNode(draft, op, [tensor], wanted, { axes, keepdims: 0 });
      const data = BigInt64Array.from(axes, BigInt);
      const given = addConstant(draft, `${wanted}/axes`, { type: 'int64', dims: [axes.length], data });
      return addNode(draft, op, [tensor, given], wanted, { keepdims: 0 });
    };
    return { tensor, least: reduce('ReduceMin'), greatest: reduce('ReduceMax') };
  });
  if (reduced.length === 0) return new Map();
  copy.graph.node.push(...draft.nodes);
  copy.graph.initializer.push(...draft.constants);
  const outputs = reduced.flatMap(({ least, greatest }) => [least, greatest]);
  copy.graph.output = outputs.map((name) => create(ValueInfoProtoSchema, { name }));
  onlyOutputs(copy.graph, new Set(outputs));
  const found = new Map<string, { least: Float32Array; greatest: Float32Array }>();
  const session = await openModel(copy, { optimize: 'float' }, runtime);
  try {
    for (const { inputs } of batches) {
      const results = await session.run(inputs);
      for (const each of reduced) {
        const least = results[each.least].data as Float32Array;
        const greatest = results[each.greatest].data as Float32Array;
        const known = found.get(each.tensor);
        if (known === undefined) found.set(each.tensor, { least: least.slice(), greatest: greatest.slice() });
        else
          least.forEach((value, i) => {
            known.least[i] = Math.min(known.least[i], value);
            known.greatest[i] = Math.max(known.greatest[i], greatest[i]);
          });
      }
    }
  } finally {
    await session.close();
  }
  return found;
}
